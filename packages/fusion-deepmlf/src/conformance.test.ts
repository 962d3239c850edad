import { cpu, wasm } from '@interfuse/engine-tfjs';
import { testFusionPlugin } from '@interfuse/testing/vitest';
import { deepmlf } from './plugin.js';

testFusionPlugin(deepmlf, {
  engines: [cpu, wasm],
  encoderSteps: 4,
  options: [
    {},
    // Nearly shut, tokens are alike in all samples, and the signs of the kit's six absolute errors cancel for the bias
    // of their head.
    { gates: 'tanh', gate: 1 },
    { gates: 'none', after: [0] },
    { feedForward: 'lora', after: [0], seqAug: { textBatches: 0.5, streamFeatures: 0.2 } },
  ],
});

// Patience of one epoch, so that the second of the kit's steps generates labels.
testFusionPlugin(deepmlf, {
  engines: [cpu, wasm],
  encoderSteps: 4,
  options: [{ ulgm: { patience: 1 }, lossWeights: { consistency: 0.5 } }],
  tasks: ['regression'],
});
