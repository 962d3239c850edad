/** MBT: bottleneck tokens between the last blocks of the language model and layers of the streams beside them. */
import { defineFusion, type OptionsOf } from '@interfuse/core';
import { headOptions } from '../shared/options.js';

const options = {
  type: 'object',
  additionalProperties: false,
  properties: {
    tokens: {
      description: 'Bottleneck tokens; with 0 the modalities meet nowhere but in the mean of their predictions.',
      type: 'integer',
      minimum: 0,
      default: 4,
    },
    at: {
      description:
        'After how many blocks of the language model the exchange begins: each block from there on takes part, and there have to be two. Null is half of them.',
      type: ['integer', 'null'],
      minimum: 0,
      default: null,
    },
    heads: {
      description: "Heads in the streams' layers; must divide the width of every encoder.",
      type: 'integer',
      minimum: 1,
      default: 4,
    },
    layerDropout: {
      description: "Rate of dropout in the streams' layers.",
      type: 'number',
      minimum: 0,
      exclusiveMaximum: 1,
      default: 0.1,
    },
    ...headOptions,
  },
} as const;

export type MbtOptions = OptionsOf<typeof options>;

export const mbt = defineFusion({
  id: 'mbt',
  version: '0.1.0',
  apiVersion: 1,
  title: 'MBT',
  summary:
    'Bottleneck tokens pass through the last blocks of the language model and through layers of the streams beside them.',
  paper: 'https://arxiv.org/abs/2107.00135',
  category: 'deep',
  requires: { languageModel: ['prefix', 'blocks'], text: 'tokens', streams: { min: 1 } },
  missing: 'mask',
  padding: 'invariant',
  options,
  load: async () => (await import('./module.js')).createMbt,
});
