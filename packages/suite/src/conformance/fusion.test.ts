import { onnx } from '@interfuse/engine-onnx';
import { cpu, wasm } from '@interfuse/engine-tfjs';
import type { FusionConformanceSettings } from '@interfuse/testing';
import { testFusionPlugin } from '@interfuse/testing/vitest';
import { builtInsOf, testEveryPlugin } from './built-ins.test-support.js';

/** Of MFN's networks: narrow, and with little dropout, so that it is soon done. */
const network = { hidden: 8, dropout: 0 };

/** Of every strategy, with what it is tried. */
const settings: { readonly [id: string]: readonly Partial<FusionConformanceSettings>[] } = {
  'aligned-early': [{ engines: [cpu, onnx] }],
  decision: [{ engines: [onnx, cpu], options: [{}, { weights: 'learned', ownLoss: 0 }] }],
  almt: [
    {
      engines: [cpu, onnx],
      options: [{ width: 8, heads: 2, tokens: 2, depth: 2, fusionDepth: 1, layerDropout: 0.1 }],
    },
  ],
  deepmlf: [
    {
      encoderSteps: 4,
      options: [
        {},
        { gates: 'tanh' },
        { gates: 'none', after: [0] },
        { feedForward: 'lora', after: [0], seqAug: { textBatches: 0.5, streamFeatures: 0.2 } },
      ],
    },
    // Patience of one epoch, so that the second of the kit's steps generates labels.
    {
      encoderSteps: 4,
      options: [{ ulgm: { patience: 1 }, lossWeights: { consistency: 0.5 } }],
      tasks: ['regression'],
    },
  ],
  dmpf: [{ engines: [cpu, onnx], encoderSteps: 4, options: [{ streamTokens: 2, jointTokens: 3 }] }],
  early: [{}],
  'ef-lstm': [{ engines: [cpu, onnx], options: [{}, { layers: 2, width: 8 }] }],
  late: [{}],
  lmf: [{ engines: [onnx, cpu] }],
  mag: [{ engines: [cpu, onnx], options: [{}, { at: 0, beta: 0.5 }] }],
  mfn: [
    {
      engines: [cpu, onnx],
      options: [
        {
          widths: { '*': 8, text: 12 },
          memory: 8,
          hidden: 16,
          attention: { ...network, dropout: 0.1 },
          candidate: network,
          retain: network,
          update: network,
        },
      ],
    },
  ],
  misa: [{ engines: [onnx, cpu], options: [{ width: 8, feedForward: 16 }] }],
  'mlf-dnn': [{ engines: [onnx, cpu] }],
  'self-mm': [{ engines: [onnx, cpu] }],
  mbt: [{ engines: [cpu, onnx], options: [{ tokens: 2, heads: 1, hidden: 16 }] }],
  mult: [
    {
      engines: [cpu, onnx],
      options: [
        { width: 8, heads: 2, layers: 1, memoryLayers: 1, kernel: { text: 3, audio: 2 }, attentionDropout: 0.1 },
      ],
    },
  ],
  serin: [
    {
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
    },
  ],
  shallow: [{}],
  'stream-encoder': [{ options: [{}, { pool: 'mean', streamWidth: 5, seqAug: { streamFeatures: 0.3 } }] }],
  tfn: [{ engines: [onnx, cpu], options: [{ widths: { '*': 4 } }] }],
  unimodal: [{ options: [{}, { modality: 'audio' }] }],
};

testEveryPlugin(await builtInsOf('fusion'), settings, (plugin, own) => {
  for (const each of own) testFusionPlugin(plugin, { engines: [cpu, wasm], ...each });
});
