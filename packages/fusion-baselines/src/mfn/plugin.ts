/** MFN: a recurrent network for each modality, and a memory of what their cells do together from word to word. */
import { defineFusion, type OptionsOf } from '@interfuse/core';
import { headOptions, timesOption } from '../shared/options.js';
import { presets } from './presets.js';

const network = (description: string) =>
  ({
    description,
    type: 'object',
    additionalProperties: false,
    default: {},
    properties: {
      hidden: { description: 'Width of its hidden layer.', type: 'integer', minimum: 1, default: 64 },
      dropout: {
        description: 'Rate of dropout in its hidden layer.',
        type: 'number',
        minimum: 0,
        exclusiveMaximum: 1,
        default: 0.1,
      },
    },
    required: ['hidden', 'dropout'],
  }) as const;

const options = {
  type: 'object',
  additionalProperties: false,
  properties: {
    ...timesOption,
    widths: {
      description:
        'Width of the recurrent network of each modality, `text` or a stream; `*` is for all not named, and 32 where there is none.',
      type: 'object',
      additionalProperties: { type: 'integer', minimum: 1 },
      default: {},
    },
    memory: {
      description: 'Width of the memory.',
      type: 'integer',
      minimum: 1,
      default: 64,
    },
    attention: network('The network that weighs the cells of two neighbouring words.'),
    candidate: network('The network that proposes what is remembered.'),
    retain: network('The network of the gate that keeps the memory.'),
    update: network('The network of the gate that lets in what is proposed.'),
    ...headOptions,
  },
} as const;

export type MfnOptions = OptionsOf<typeof options>;

export const mfn = defineFusion({
  id: 'mfn',
  version: '0.1.0',
  apiVersion: 1,
  title: 'Memory fusion network',
  summary:
    'An LSTM for each modality, attention over how their cells change from word to word, and a gated memory (MFN).',
  paper: 'https://arxiv.org/abs/1802.00927',
  category: 'shallow',
  requires: { languageModel: ['prefix'], text: 'tokens', streams: { min: 1 }, wordTimes: 'any' },
  missing: 'mask',
  padding: 'invariant',
  presets,
  options,
  load: async () => (await import('./module.js')).createMfn,
});
