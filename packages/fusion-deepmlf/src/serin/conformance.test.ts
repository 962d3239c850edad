import { onnx } from '@interfuse/engine-onnx';
import { cpu } from '@interfuse/engine-tfjs';
import { testFusionPlugin } from '@interfuse/testing/vitest';
import { serin } from './plugin.js';

testFusionPlugin(serin, {
  engines: [cpu, onnx],
  encoderSteps: 4,
  options: [
    { streamTokens: 2, jointTokens: 2 },
    {
      streamTokens: { audio: 1, vision: 2 },
      jointTokens: 2,
      gateShape: 'head',
      feedForward: 'lora',
      after: [0],
      seqAug: { textBatches: 0.5, streamFeatures: 0.2 },
    },
  ],
});
