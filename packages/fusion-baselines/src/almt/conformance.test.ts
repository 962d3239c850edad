import { onnx } from '@interfuse/engine-onnx';
import { cpu } from '@interfuse/engine-tfjs';
import { testFusionPlugin } from '@interfuse/testing/vitest';
import { almt } from './plugin.js';

testFusionPlugin(almt, {
  engines: [cpu, onnx],
  options: [{ width: 8, heads: 2, tokens: 2, depth: 2, fusionDepth: 1, layerDropout: 0.1, hidden: 16 }],
});
