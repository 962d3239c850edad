/** Decision averaging: every modality predicts by itself, and the predictions are averaged. */
import { defineFusion, type OptionsOf } from '@interfuse/core';
import { headOptions } from '../shared/options.js';

const options = {
  type: 'object',
  additionalProperties: false,
  properties: {
    weights: {
      description:
        'What predictions are weighed by: the same for all ("mean"), or weights that are "learned", positive and with a sum of 1. Those of absent modalities are shared out.',
      enum: ['mean', 'learned'],
      default: 'mean',
    },
    ownLoss: {
      description:
        'Weight of the loss of each modality by itself, beside that of their average; 0 trains the average alone.',
      type: 'number',
      minimum: 0,
      default: 1,
    },
    ...headOptions,
  },
} as const;

export type DecisionOptions = OptionsOf<typeof options>;

export const decision = defineFusion({
  id: 'decision',
  version: '0.1.0',
  apiVersion: 1,
  title: 'Decision averaging',
  summary: 'A head for each modality, which learns the task by itself; what they predict is averaged.',
  paper: 'https://doi.org/10.1145/1101149.1101236',
  category: 'late',
  requires: { languageModel: ['prefix'], text: 'tokens', streams: { min: 1 } },
  missing: 'mask',
  padding: 'invariant',
  options,
  load: async () => (await import('./module.js')).createDecision,
});
