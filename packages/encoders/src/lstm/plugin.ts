/** The `lstm` encoder: a long short-term memory over the steps of one stream. */
import { defineEncoder, type OptionsOf } from '@interfuse/core';
import { align, steps } from '../options.js';

const options = {
  type: 'object',
  additionalProperties: false,
  properties: {
    width: {
      description: 'Width of the vectors that it returns; the two directions share it.',
      type: 'integer',
      minimum: 1,
      default: 32,
    },
    bidirectional: {
      description: 'Whether a second memory reads the stream from its end.',
      type: 'boolean',
      default: true,
    },
    dropout: {
      description: 'Rate of dropout on the outputs.',
      type: 'number',
      minimum: 0,
      exclusiveMaximum: 1,
      default: 0.1,
    },
    steps,
    align,
  },
} as const;

export type LstmOptions = OptionsOf<typeof options>;

export const lstm = defineEncoder({
  id: 'lstm',
  version: '0.1.0',
  apiVersion: 1,
  title: 'LSTM encoder',
  summary: 'A long short-term memory, in one or both directions; returns its output at every step.',
  paper: 'https://doi.org/10.1162/neco.1997.9.8.1735',
  options,
  load: async () => (await import('./module.js')).createLstm,
});
