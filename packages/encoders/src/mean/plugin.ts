/** The `mean` encoder: the average of a stream, as one vector. */
import { defineEncoder, type OptionsOf } from '@interfuse/core';

const options = {
  type: 'object',
  additionalProperties: false,
  properties: {
    width: { description: 'Width of the vector that it returns.', type: 'integer', minimum: 1, default: 32 },
    dropout: {
      description: 'Rate of dropout on the vector.',
      type: 'number',
      minimum: 0,
      exclusiveMaximum: 1,
      default: 0.1,
    },
  },
} as const;

export type MeanOptions = OptionsOf<typeof options>;

export const mean = defineEncoder({
  id: 'mean',
  version: '0.1.0',
  apiVersion: 1,
  title: 'Mean pooling',
  summary: 'A linear projection of every frame and the mean over the real ones; returns a single step.',
  options,
  load: async () => (await import('./module.js')).createMean,
});
