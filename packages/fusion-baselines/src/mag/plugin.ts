/** MAG: at one depth of the language model, words are shifted by what is heard and seen while they are spoken. */
import { defineFusion, type OptionsOf } from '@interfuse/core';
import { headOptions, timesOption } from '../shared/options.js';
import { presets } from './presets.js';

const options = {
  type: 'object',
  additionalProperties: false,
  properties: {
    ...timesOption,
    at: {
      description: 'After how many blocks of the language model the words are shifted; 0 is before the first.',
      type: 'integer',
      minimum: 0,
      default: 1,
    },
    beta: {
      description: 'Longest shift, as a multiple of the length of the word that it shifts.',
      type: 'number',
      exclusiveMinimum: 0,
      default: 1,
    },
    shiftDropout: {
      description: 'Rate of dropout on the shift, before its length is bounded.',
      type: 'number',
      minimum: 0,
      exclusiveMaximum: 1,
      default: 0.1,
    },
    ...headOptions,
  },
} as const;

export type MagOptions = OptionsOf<typeof options>;

export const mag = defineFusion({
  id: 'mag',
  version: '0.1.0',
  apiVersion: 1,
  title: 'Multimodal adaptation gate',
  summary: 'At one depth of the language model each word is shifted by its frames, at most as far as it is long (MAG).',
  paper: 'https://arxiv.org/abs/1908.05787',
  category: 'shallow',
  requires: { languageModel: ['prefix', 'blocks'], text: 'tokens', streams: { min: 1 }, wordTimes: 'any' },
  missing: 'mask',
  padding: 'invariant',
  presets,
  options,
  load: async () => (await import('./module.js')).createMag,
});
