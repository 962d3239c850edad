/** DMPF: fusion tokens of their own for each stream and for all together, held apart by an attention mask. */
import { defineFusion, type OptionsOf } from '@interfuse/core';
import { groupOptions } from '../shared/options.js';
import { readingRules } from '../shared/reading-rules.js';

const options = {
  type: 'object',
  additionalProperties: false,
  properties: {
    ...groupOptions,
    mask: {
      description:
        'What tokens read besides words: "avseesall": those of a stream each other, joint ones all; "original": each group itself alone; "allcausal": whatever stands before; "av_attends_only_av_a_v": as the first, but the joint ones read no words.',
      enum: readingRules,
      default: 'avseesall',
    },
    head: {
      description:
        'How the task is predicted: from a "concatenation", as in the program of the authors; or by "attention" among seven summaries, as in their README, with a layer of four heads.',
      enum: ['concatenation', 'attention'],
      default: 'concatenation',
    },
    headWidth: { description: 'Width inside of the task head.', type: 'integer', minimum: 1, default: 64 },
  },
} as const;

export type DmpfOptions = OptionsOf<typeof options>;

export const dmpf = defineFusion({
  id: 'dmpf',
  version: '0.1.0',
  apiVersion: 1,
  title: 'DMPF',
  summary:
    'DeepMLF with an encoder, a group of tokens and a cross-attention for each stream and for all together; a mask keeps the groups apart.',
  category: 'deep',
  requires: { languageModel: ['embed', 'blocks', 'logits', 'feedForward'], text: 'tokens', streams: { min: 2 } },
  missing: 'mask',
  padding: 'fixed',
  adaptation: 'own',
  options,
  load: async () => (await import('./module.js')).createDmpf,
});
