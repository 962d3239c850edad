/** ALMT: a hyper-modality that is taken from the streams under the guidance of the text, beside the language model. */
import { defineFusion, type OptionsOf } from '@interfuse/core';
import { headOptions } from '../shared/options.js';
import { presets } from './presets.js';

const count = { type: 'integer', minimum: 1 } as const;

const options = {
  type: 'object',
  additionalProperties: false,
  properties: {
    width: { ...count, description: 'Width to which every modality is projected.', default: 128 },
    heads: { ...count, description: 'Heads of every attention; must divide the width.', default: 8 },
    tokens: { ...count, description: 'Learned tokens to which each modality is compressed.', default: 8 },
    embeddingDepth: { ...count, description: 'Layers that compress a modality.', default: 1 },
    depth: {
      ...count,
      description:
        'Layers of hyper-modality learning; the text guides each from another scale, with a layer of its own between two.',
      default: 3,
    },
    fusionDepth: {
      ...count,
      description: 'Layers of the cross-transformer in which the text reads the hyper-modality.',
      default: 2,
    },
    readOut: {
      description:
        'What the head reads of the cross-transformer: its learned "token", as published, which sees the text only through what the text has taken of the streams; or the "mean" of that token and those of the text.',
      enum: ['token', 'mean'],
      default: 'token',
    },
    layerDropout: {
      description: 'Rate of dropout in all layers; none, as published, by default.',
      type: 'number',
      minimum: 0,
      exclusiveMaximum: 1,
      default: 0,
    },
    dropout: headOptions.dropout,
  },
} as const;

export type AlmtOptions = OptionsOf<typeof options>;

export const almt = defineFusion({
  id: 'almt',
  version: '0.1.0',
  apiVersion: 1,
  title: 'ALMT',
  summary:
    'The text, as the language model leaves it, guides what is taken of the streams into a hyper-modality, and then reads that.',
  paper: 'https://arxiv.org/abs/2310.05804',
  category: 'intermediate',
  requires: { languageModel: ['prefix'], text: 'tokens', streams: { min: 1 } },
  missing: 'mask',
  padding: 'invariant',
  options,
  presets,
  load: async () => (await import('./module.js')).createAlmt,
});
