/** SeRIn: segregated groups of fusion tokens, refined by gates inside of their attention, integrated by a small encoder. */
import { defineFusion, type OptionsOf } from '@interfuse/core';
import { groupOptions } from '../shared/options.js';

const count = { type: 'integer', minimum: 1 } as const;

const options = {
  type: 'object',
  additionalProperties: false,
  properties: {
    ...groupOptions,
    jointTokens: { ...groupOptions.jointTokens, default: 4 },
    mask: {
      description:
        'What tokens read besides words: "avseesall", as published: those of a stream each other, joint ones all; "allcausal", the ablation without the constraint: whatever stands before.',
      enum: ['avseesall', 'allcausal'],
      default: 'avseesall',
    },
    gateShape: {
      description:
        'What the gates inside of the attentions open: every "feature" of its output by itself, as published, or every "head" as a whole.',
      enum: ['feature', 'head'],
      default: 'feature',
    },
    amongWidth: {
      description:
        'Inner width of the self-attention among the tokens; must be a multiple of the heads. Null is that of the language model.',
      type: ['integer', 'null'],
      minimum: 1,
      default: null,
    },
    head: {
      description: 'The transformer encoder over [CLS] and the summaries, from which the task is predicted.',
      type: 'object',
      additionalProperties: false,
      default: {},
      properties: {
        width: { ...count, description: 'Width of its vectors.', default: 64 },
        layers: { ...count, description: 'Number of its layers.', default: 1 },
        heads: { ...count, description: 'Attention heads; must divide the width.', default: 4 },
      },
      required: ['width', 'layers', 'heads'],
    },
  },
} as const;

export type SerinOptions = OptionsOf<typeof options>;

export const serin = defineFusion({
  id: 'serin',
  version: '0.1.0',
  apiVersion: 1,
  title: 'SeRIn',
  summary:
    'Groups of tokens for each stream and for all together read only what their mask allows, through gates inside of their attention; a small transformer integrates them.',
  paper: 'https://arxiv.org/abs/2607.12686',
  category: 'deep',
  requires: { languageModel: ['embed', 'blocks', 'logits', 'feedForward'], text: 'tokens', streams: { min: 2 } },
  missing: 'mask',
  padding: 'fixed',
  adaptation: 'own',
  options,
  load: async () => (await import('./module.js')).createSerin,
});
