/** Self-MM: late fusion with further heads, which learn labels that are generated for single modalities. */
import { defineFusion, type OptionsOf } from '@interfuse/core';
import { multiTaskOptions } from '../shared/options.js';
import { presets } from './presets.js';

const options = {
  type: 'object',
  additionalProperties: false,
  properties: {
    ...multiTaskOptions,
    bound: {
      description: 'Generated labels lie within plus and minus this; null: as far from zero as labels of the task may.',
      type: ['number', 'null'],
      exclusiveMinimum: 0,
      default: null,
    },
  },
} as const;

export type SelfMmOptions = OptionsOf<typeof options>;

export const selfMm = defineFusion({
  id: 'self-mm',
  version: '0.1.0',
  apiVersion: 1,
  title: 'Self-MM',
  summary:
    'Late fusion whose modality vectors also learn labels of their own, generated in training from where features lie.',
  paper: 'https://arxiv.org/abs/2102.04830',
  category: 'late',
  requires: { languageModel: ['prefix'], text: 'tokens', streams: { min: 1 }, task: ['regression'] },
  missing: 'zeros',
  padding: 'invariant',
  options,
  presets,
  load: async () => (await import('./module.js')).createSelfMm,
});
