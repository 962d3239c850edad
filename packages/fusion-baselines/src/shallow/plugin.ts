/** Shallow fusion: the streams shift the hidden states of the text once, between two blocks. */
import { defineFusion, type OptionsOf } from '@interfuse/core';
import { headOptions } from '../shared/options.js';

const options = {
  type: 'object',
  additionalProperties: false,
  properties: {
    at: {
      description: 'After how many blocks of the language model the text is shifted; null is half of them.',
      type: ['integer', 'null'],
      minimum: 0,
      default: null,
    },
    heads: {
      description: 'Heads of the attention from words to streams; must divide the width of the language model.',
      type: 'integer',
      minimum: 1,
      default: 4,
    },
    gate: {
      description: 'Start of the gate before its sigmoid; 0 is half open.',
      type: 'number',
      default: 0,
    },
    ...headOptions,
  },
} as const;

export type ShallowOptions = OptionsOf<typeof options>;

export const shallow = defineFusion({
  id: 'shallow',
  version: '0.1.0',
  apiVersion: 1,
  title: 'Shallow fusion',
  summary: 'At one point inside the language model, words attend to the streams and are shifted by what they read.',
  paper: 'https://doi.org/10.1109/TMM.2022.3183830',
  category: 'shallow',
  requires: { languageModel: ['prefix', 'blocks'], text: 'tokens', streams: { min: 1 } },
  missing: 'mask',
  padding: 'invariant',
  options,
  load: async () => (await import('./module.js')).createShallow,
});
