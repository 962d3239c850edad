/** Low-rank Multimodal Fusion: products of the features of all modalities, at a cost that is linear in them. */
import { defineFusion, type OptionsOf } from '@interfuse/core';
import { utteranceOptions } from '../shared/options.js';
import { presets } from './presets.js';

const options = {
  type: 'object',
  additionalProperties: false,
  properties: {
    rank: {
      description: 'Number of terms that the map of the fusion tensor is a sum of.',
      type: 'integer',
      minimum: 1,
      default: 4,
    },
    ...utteranceOptions,
  },
} as const;

export type LmfOptions = OptionsOf<typeof options>;

export const lmf = defineFusion({
  id: 'lmf',
  version: '0.1.0',
  apiVersion: 1,
  title: 'Low-rank Multimodal Fusion',
  summary: 'A linear map of the outer product of the modality vectors, in low-rank factors of each modality.',
  paper: 'https://arxiv.org/abs/1806.00064',
  category: 'late',
  requires: { languageModel: ['prefix'], text: 'tokens', streams: { min: 1 } },
  missing: 'zeros',
  padding: 'invariant',
  options,
  presets,
  load: async () => (await import('./module.js')).createLmf,
});
