import { onnx } from '@interfuse/engine-onnx';
import { cpu } from '@interfuse/engine-tfjs';
import { testFusionPlugin } from '@interfuse/testing/vitest';
import { dmpf } from './plugin.js';

testFusionPlugin(dmpf, {
  engines: [cpu, onnx],
  encoderSteps: 4,
  options: [{ streamTokens: 2, jointTokens: 3 }],
});
