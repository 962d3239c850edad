import { onnx } from '@interfuse/engine-onnx';
import { cpu } from '@interfuse/engine-tfjs';
import { testFusionPlugin } from '@interfuse/testing/vitest';
import { mfn } from './plugin.js';

/** Narrow, and with little dropout, so that it is soon done. */
const network = { hidden: 8, dropout: 0 };
const networks = { attention: { ...network, dropout: 0.1 }, candidate: network, retain: network, update: network };

testFusionPlugin(mfn, {
  engines: [cpu, onnx],
  options: [{ widths: { '*': 8, text: 12 }, memory: 8, hidden: 16, ...networks }],
});
