import { onnx } from '@interfuse/engine-onnx';
import { cpu } from '@interfuse/engine-tfjs';
import { testFusionPlugin } from '@interfuse/testing/vitest';
import { mult } from './plugin.js';

testFusionPlugin(mult, {
  engines: [cpu, onnx],
  options: [{ width: 8, heads: 2, layers: 1, memoryLayers: 1, kernel: { text: 3, audio: 2 }, attentionDropout: 0.1 }],
});
