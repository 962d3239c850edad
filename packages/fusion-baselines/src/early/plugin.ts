/** Early fusion: streams enter the language model at its input, as soft tokens before the text. */
import { defineFusion, type OptionsOf } from '@interfuse/core';
import { headOptions } from '../shared/options.js';

const options = {
  type: 'object',
  additionalProperties: false,
  properties: {
    slots: {
      description: 'Soft tokens per stream; each is the mean of an equal span of the encoded steps.',
      type: 'integer',
      minimum: 1,
      default: 4,
    },
    ...headOptions,
  },
} as const;

export type EarlyOptions = OptionsOf<typeof options>;

export const early = defineFusion({
  id: 'early',
  version: '0.1.0',
  apiVersion: 1,
  title: 'Early fusion',
  summary: 'Encoded streams stand before the text as soft tokens, and pass all blocks of the language model with it.',
  category: 'early',
  requires: { languageModel: ['embed', 'blocks'], text: 'tokens', streams: { min: 1 } },
  missing: 'mask',
  padding: 'invariant',
  options,
  load: async () => (await import('./module.js')).createEarly,
});
