/** Options that grouped tokens share: those of DeepMLF that mean the same here, and the numbers of tokens and weights. */
import { deepmlf } from '../plugin.js';

const { depth, after, heads, scale, combine, lora, streamWidth, dropout, seqAug } = deepmlf.options.properties;
const { textBatches, textFeatures, streamFeatures } = seqAug.properties;
const weight = { type: 'number', minimum: 0, default: 1 } as const;
const count = { type: 'integer', minimum: 1 } as const;

export const groupOptions = {
  streamTokens: {
    description: 'Number of tokens of each stream: one number for all of them, or one by the name of each stream.',
    type: ['integer', 'object'],
    minimum: 1,
    additionalProperties: count,
    default: 4,
  },
  jointTokens: { ...count, description: 'Number of tokens for all streams together.', default: 8 },
  depth,
  after,
  heads,
  scale,
  gate: {
    description: 'Start of all gates before their sigmoid: 0 is half open.',
    type: 'number',
    default: 0,
  },
  feedForward: {
    description:
      'How the feed-forward of an MM Block starts from that of its language-model block: "trained" copies it and trains the copy; "lora" freezes the copy and trains low-rank additions.',
    enum: ['trained', 'lora'],
    default: 'trained',
  },
  combine,
  lora,
  streamWidth,
  dropout,
  lossWeights: {
    description: 'Weights of the auxiliary losses beside the task loss; a loss of weight 0 has no head.',
    type: 'object',
    additionalProperties: false,
    default: {},
    properties: {
      fusion: { ...weight, description: 'The task, from each token of every group.' },
      joint: { ...weight, description: 'The task, from the joint encoder.' },
      streams: { ...weight, description: 'The task, from the encoder of each stream.' },
      text: { ...weight, description: 'The task, from the last word.' },
      languageModel: { ...weight, description: 'The next token of the text.', default: 0.1 },
    },
    required: ['fusion', 'joint', 'streams', 'text', 'languageModel'],
  },
  seqAug: {
    ...seqAug,
    properties: { textBatches, textFeatures, streamFeatures },
    required: ['textBatches', 'textFeatures', 'streamFeatures'],
  },
} as const;
