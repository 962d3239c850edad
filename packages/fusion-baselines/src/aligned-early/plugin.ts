/** Early fusion word by word: each word enters the language model with the frames that sound while it does. */
import { defineFusion, type OptionsOf } from '@interfuse/core';
import { headOptions, timesOption } from '../shared/options.js';

const options = {
  type: 'object',
  additionalProperties: false,
  properties: {
    ...timesOption,
    gate: {
      description: 'Start of the gate of each stream before its tanh; at 0 training starts from the text alone.',
      type: 'number',
      default: 0,
    },
    ...headOptions,
  },
} as const;

export type AlignedEarlyOptions = OptionsOf<typeof options>;

export const alignedEarly = defineFusion({
  id: 'aligned-early',
  version: '0.1.0',
  apiVersion: 1,
  title: 'Early fusion word by word',
  summary:
    'What the streams hold while a word is spoken is added to its embedding, at the input of the language model.',
  category: 'early',
  requires: { languageModel: ['embed', 'blocks'], text: 'tokens', streams: { min: 1 }, wordTimes: 'any' },
  missing: 'mask',
  padding: 'invariant',
  options,
  load: async () => (await import('./module.js')).createAlignedEarly,
});
