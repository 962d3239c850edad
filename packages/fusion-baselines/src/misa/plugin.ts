/** MISA: what modalities share and what is their own, in spaces of their own. */
import { defineFusion, type OptionsOf } from '@interfuse/core';
import { headOptions } from '../shared/options.js';
import { presets } from './presets.js';

const lossWeight = { type: 'number', minimum: 0 } as const;

const options = {
  type: 'object',
  additionalProperties: false,
  properties: {
    width: {
      description: 'Width of the shared and of the private vectors.',
      type: 'integer',
      minimum: 1,
      default: 64,
    },
    heads: {
      description: 'Attention heads of the transformer layer that fuses them; must divide the width.',
      type: 'integer',
      minimum: 1,
      default: 2,
    },
    feedForward: {
      description: 'Inner width of its feed-forward; null is four times the width.',
      type: ['integer', 'null'],
      minimum: 1,
      default: null,
    },
    dropout: {
      ...headOptions.dropout,
      description: 'Rate of dropout in the transformer layer and in the prediction head.',
    },
    lossWeights: {
      description: 'Weights of the losses beside that of the task; a weight of 0 leaves one out.',
      type: 'object',
      additionalProperties: false,
      default: {},
      properties: {
        similarity: {
          ...lossWeight,
          description: 'How far the shared vectors of two modalities are from the same distribution.',
          default: 0.3,
        },
        difference: {
          ...lossWeight,
          description: 'How far private vectors are from being orthogonal to shared ones, and to each other.',
          default: 0.1,
        },
        reconstruction: {
          ...lossWeight,
          description: 'How badly a shared and a private vector together tell what both are made of.',
          default: 1,
        },
      },
      required: ['similarity', 'difference', 'reconstruction'],
    },
  },
} as const;

export type MisaOptions = OptionsOf<typeof options>;

export const misa = defineFusion({
  id: 'misa',
  version: '0.1.0',
  apiVersion: 1,
  title: 'MISA',
  summary:
    'Each modality as a vector in a space shared by all and one in a space of its own; a transformer layer fuses them.',
  paper: 'https://arxiv.org/abs/2005.03545',
  category: 'late',
  requires: { languageModel: ['prefix'], text: 'tokens', streams: { min: 1 } },
  missing: 'mask',
  padding: 'invariant',
  options,
  presets,
  load: async () => (await import('./module.js')).createMisa,
});
