/** Tensor Fusion Network: products of the features of all modalities. */
import { defineFusion, type OptionsOf } from '@interfuse/core';
import { headOptions, utteranceOptions } from '../shared/options.js';
import { presets } from './presets.js';

const options = {
  type: 'object',
  additionalProperties: false,
  properties: {
    ...utteranceOptions,
    hidden: { ...headOptions.hidden, description: 'Width of the two hidden layers of the prediction head.' },
    dropout: { ...headOptions.dropout, description: 'Rate of dropout on the products, before the prediction head.' },
    bounded: {
      description:
        'Regression: whether a sigmoid keeps scores within the range of the task, as published (6 sigmoid - 3).',
      type: 'boolean',
      default: false,
    },
  },
} as const;

export type TfnOptions = OptionsOf<typeof options>;

export const tfn = defineFusion({
  id: 'tfn',
  version: '0.1.0',
  apiVersion: 1,
  title: 'Tensor Fusion Network',
  summary: 'The outer product of the modality vectors, each with a 1 appended: products of one, two and all of them.',
  paper: 'https://arxiv.org/abs/1707.07250',
  category: 'late',
  requires: { languageModel: ['prefix'], text: 'tokens', streams: { min: 1 } },
  missing: 'zeros',
  padding: 'invariant',
  options,
  presets,
  load: async () => (await import('./module.js')).createTfn,
});
