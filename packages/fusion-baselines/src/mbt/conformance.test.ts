import { onnx } from '@interfuse/engine-onnx';
import { cpu } from '@interfuse/engine-tfjs';
import { testFusionPlugin } from '@interfuse/testing/vitest';
import { mbt } from './plugin.js';

testFusionPlugin(mbt, {
  engines: [cpu, onnx],
  options: [{ tokens: 2, heads: 1, hidden: 16 }],
});
