/** The audio-visual encoder of DeepMLF by itself: what its curriculum trains first (arXiv 2504.11082, fusion curriculum). */
import { defineFusion, type OptionsOf } from '@interfuse/core';

const options = {
  type: 'object',
  additionalProperties: false,
  properties: {
    streamWidth: {
      description: 'Width of the joint vector of all streams; null is that of the widest encoder.',
      type: ['integer', 'null'],
      minimum: 1,
      default: null,
    },
    pool: {
      description:
        'What of each encoded stream is joined: its "last" step, as in the released program, or the "mean" of its steps.',
      enum: ['last', 'mean'],
      default: 'last',
    },
    seqAug: {
      description:
        'SeqAug: in training, features of a sample are drawn from another position of its sequence, one permutation for the batch.',
      type: 'object',
      additionalProperties: false,
      default: {},
      properties: {
        streamFeatures: {
          type: 'number',
          minimum: 0,
          maximum: 1,
          description: 'Share of stream features that move; 0: off.',
          default: 0,
        },
      },
      required: ['streamFeatures'],
    },
  },
} as const;

export type StreamEncoderOptions = OptionsOf<typeof options>;

export const streamEncoder = defineFusion({
  id: 'stream-encoder',
  version: '0.1.0',
  apiVersion: 1,
  title: 'Stream encoder',
  summary:
    'The encoders of all streams, joined as DeepMLF joins them, under one linear head: a stage that DeepMLF starts with.',
  paper: 'https://arxiv.org/abs/2504.11082',
  category: 'late',
  requires: { streams: { min: 1 } },
  missing: 'zeros',
  padding: 'fixed',
  options,
  load: async () => (await import('./module.js')).createStreamEncoder,
});
