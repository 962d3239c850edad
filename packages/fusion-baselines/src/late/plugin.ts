/** Late fusion: every modality becomes one vector, and the vectors meet in the head. */
import { defineFusion, type OptionsOf } from '@interfuse/core';
import { headOptions } from '../shared/options.js';

const options = {
  type: 'object',
  additionalProperties: false,
  properties: {
    width: {
      description: 'Width of the utterance vector of each modality.',
      type: 'integer',
      minimum: 1,
      default: 64,
    },
    ...headOptions,
  },
} as const;

export type LateOptions = OptionsOf<typeof options>;

export const late = defineFusion({
  id: 'late',
  version: '0.1.0',
  apiVersion: 1,
  title: 'Late fusion',
  summary: 'The language model reads the text alone; pooled vectors of all modalities are joined in the head (LF-DNN).',
  category: 'late',
  requires: { languageModel: ['prefix'], text: 'tokens', streams: { min: 1 } },
  missing: 'zeros',
  padding: 'invariant',
  options,
  load: async () => (await import('./module.js')).createLate,
});
