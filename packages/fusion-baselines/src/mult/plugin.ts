/** MulT: cross-modal transformers in every direction between the modalities, beside the language model. */
import { defineFusion, type OptionsOf } from '@interfuse/core';
import { presets } from './presets.js';

const rate = { type: 'number', minimum: 0, exclusiveMaximum: 1 } as const;
const count = { type: 'integer', minimum: 1 } as const;

const options = {
  type: 'object',
  additionalProperties: false,
  properties: {
    width: { ...count, description: 'Width to which every modality is projected.', default: 30 },
    heads: { ...count, description: 'Attention heads; must divide the width.', default: 5 },
    layers: { ...count, description: 'Layers of each cross-modal transformer.', default: 4 },
    memoryLayers: {
      ...count,
      description:
        'Layers of the transformer that each modality passes afterwards; at least as many as `layers`, whatever is said here.',
      default: 3,
    },
    kernel: {
      description:
        'How many neighbouring steps the projection of a modality sees: one number for all, or numbers by modality, `text` among them; one that is not named has 1.',
      type: ['integer', 'object'],
      minimum: 1,
      additionalProperties: { type: 'integer', minimum: 1 },
      default: 1,
    },
    dropout: { ...rate, description: 'Rate of dropout in feed-forwards and on what layers add.', default: 0.1 },
    attentionDropout: {
      description:
        'Rate of dropout on what is attended to: one number for all, or numbers by the modality that reads, `text` among them; one that is not named has 0.',
      type: ['number', 'object'],
      minimum: 0,
      exclusiveMaximum: 1,
      additionalProperties: { type: 'number', minimum: 0, exclusiveMaximum: 1 },
      default: { text: 0.1 },
    },
    embeddingDropout: { ...rate, description: 'Rate of dropout on sequences with their positions.', default: 0.2 },
    textDropout: { ...rate, description: 'Rate of dropout on the words before their projection.', default: 0.2 },
    headDropout: { ...rate, description: 'Rate of dropout in the prediction head.', default: 0 },
  },
} as const;

export type MultOptions = OptionsOf<typeof options>;

export const mult = defineFusion({
  id: 'mult',
  version: '0.1.0',
  apiVersion: 1,
  title: 'MulT',
  summary:
    'Each modality is reinforced by every other one in a cross-modal transformer; words come from the end of the language model.',
  paper: 'https://arxiv.org/abs/1906.00295',
  category: 'intermediate',
  requires: { languageModel: ['prefix'], text: 'tokens', streams: { min: 1 } },
  missing: 'mask',
  padding: 'invariant',
  options,
  presets,
  load: async () => (await import('./module.js')).createMult,
});
