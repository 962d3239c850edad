import { onnx } from '@interfuse/engine-onnx';
import { cpu } from '@interfuse/engine-tfjs';
import { testFusionPlugin } from '@interfuse/testing/vitest';
import { deepmlf } from './plugin.js';
import { presets } from './presets.js';

const ofPreset = (name: string): object => presets[name]?.options ?? {};

testFusionPlugin(deepmlf, {
  engines: [onnx, cpu],
  encoderSteps: 4,
  options: [
    // Without tokens, as the rungs of the ladder below DeepMLF are.
    { ...ofPreset('text-queries'), feedForwardStart: 'whole', embeddingNoise: 0.1 },
    ofPreset('flamingo'),
    { ...ofPreset('cross-attention-only'), ...ofPreset('no-gate') },
    {
      ...ofPreset('published'),
      ...ofPreset('all-queries'),
      crossAttentions: 1,
      gate: [0, 1],
      languageModelDropout: false,
      seqAug: { textBatches: 0.5, streamFeatures: 0.2, within: 'real' },
    },
  ],
});
