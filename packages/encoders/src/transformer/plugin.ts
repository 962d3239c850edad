/** The `transformer` encoder: DeepMLF's encoder of one stream (arXiv 2504.11082), with masks by default. */
import { defineEncoder, type OptionsOf } from '@interfuse/core';
import { align, steps } from '../options.js';

const options = {
  type: 'object',
  additionalProperties: false,
  properties: {
    width: { description: 'Width of the vectors that it returns.', type: 'integer', minimum: 1, default: 32 },
    layers: { description: 'Number of transformer layers.', type: 'integer', minimum: 1, default: 2 },
    heads: { description: 'Attention heads; must divide the width.', type: 'integer', minimum: 1, default: 4 },
    feedForward: {
      description: 'Inner width of the feed-forward; null is four times the width.',
      type: ['integer', 'null'],
      minimum: 1,
      default: null,
    },
    dropout: { description: 'Rate of every dropout.', type: 'number', minimum: 0, exclusiveMaximum: 1, default: 0.1 },
    steps,
    align,
    masked: {
      description:
        'Whether padded frames are left out. False counts them as frames of zeros, as DeepMLF was published; results then depend on the padded length.',
      type: 'boolean',
      default: true,
    },
    batchNorm: {
      description: 'Batch norm over the features, before the projection.',
      type: 'boolean',
      default: false,
    },
  },
} as const;

export type TransformerOptions = OptionsOf<typeof options>;

export const transformer = defineEncoder({
  id: 'transformer',
  version: '0.1.0',
  apiVersion: 1,
  title: 'Transformer encoder',
  summary: 'Projection, sinusoidal positions and pre-norm transformer layers; returns one vector per step.',
  paper: 'https://arxiv.org/abs/2504.11082',
  options,
  load: async () => (await import('./module.js')).createTransformer,
});
