import { cpu, wasm } from '@interfuse/engine-tfjs';
import { testFusionPlugin } from '@interfuse/testing/vitest';
import { deepmlf } from './plugin.js';

testFusionPlugin(deepmlf, {
  engines: [cpu, wasm],
  encoderSteps: 4,
  options: [{}, { feedForward: 'lora', after: [0], seqAug: { textBatches: 0.5, streamFeatures: 0.2 } }],
});
