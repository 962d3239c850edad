/** The tiny encoder as a plugin. */
import { defineEncoder, type EncoderPlugin } from '@interfuse/core';
import { tinyEncoder } from './tiny-encoder.js';

/** An encoder that is one linear layer, for tests. */
export const tinyEncoderPlugin: EncoderPlugin = defineEncoder({
  id: 'tiny',
  version: '0.1.0',
  apiVersion: 1,
  title: 'Tiny',
  summary: 'One linear layer for each frame, for tests.',
  options: {
    type: 'object',
    additionalProperties: false,
    properties: {
      steps: {
        description: 'Number of steps that it returns; null keeps the frames.',
        type: ['integer', 'null'],
        minimum: 1,
        default: null,
      },
    },
  },
  load:
    async () =>
    (options, { stream }) =>
      tinyEncoder(stream, (options as { steps: number | null }).steps ?? undefined),
});
