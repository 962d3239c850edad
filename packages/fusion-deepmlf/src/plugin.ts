/** DeepMLF: learnable fusion tokens after the text, and gated cross-attention to the streams at many depths of the LM. */
import { defineFusion, type OptionsOf } from '@interfuse/core';
import { presets } from './presets.js';

const rate = { type: 'number', minimum: 0, exclusiveMaximum: 1 } as const;
const probability = { type: 'number', minimum: 0, maximum: 1 } as const;
const count = { type: 'integer', minimum: 1 } as const;
const lossWeight = { type: 'number', minimum: 0 } as const;

const options = {
  type: 'object',
  additionalProperties: false,
  properties: {
    tokens: {
      description: 'Number of learnable fusion tokens; with 0 the heads read the last word and the streams alone.',
      type: 'integer',
      minimum: 0,
      default: 8,
    },
    queries: {
      description:
        'Which slots of the sequence read the streams: the fusion "tokens", as published; the words of the "text", as in Flamingo (Alayrac et al. 2022, arXiv 2204.14198, section 2.2); or "all" of them.',
      enum: ['tokens', 'text', 'all'],
      default: 'tokens',
    },
    depth: {
      description:
        'Number of MM Blocks, placed after the last blocks of the language model; null is half of its blocks.',
      type: ['integer', 'null'],
      minimum: 1,
      default: null,
    },
    after: {
      description: 'Blocks of the language model, from 0 and ascending, that an MM Block follows; in place of `depth`.',
      type: ['array', 'null'],
      items: { type: 'integer', minimum: 0 },
      minItems: 1,
      default: null,
    },
    crossAttentions: {
      description:
        'How many of the MM Blocks, counted from the first, have a cross-attention; the others have their feed-forward only. Null: all.',
      type: ['integer', 'null'],
      minimum: 0,
      default: null,
    },
    heads: {
      description:
        'Heads of the cross-attention; must divide the width of the language model. Null: as many as the language model has.',
      type: ['integer', 'null'],
      minimum: 1,
      default: null,
    },
    scale: {
      description:
        'Scores of the cross-attention are divided by the root of this width: "model", as published, or that of one "head".',
      enum: ['model', 'head'],
      default: 'model',
    },
    gates: {
      description:
        'How gates open: "sigmoid", as published; "tanh", shut at 0, as in Flamingo (Alayrac et al. 2022, arXiv 2204.14198, section 2.2); "none", always open and no parameter, the no-gate ablation of the authors.',
      enum: ['sigmoid', 'tanh', 'none'],
      default: 'sigmoid',
    },
    gate: {
      description:
        'Start of the gates before their sigmoid, where 0 is half open, as published, or their tanh, where 0 is shut: one number for all, or a list with one for each MM Block.',
      type: ['number', 'array'],
      items: { type: 'number' },
      minItems: 1,
      default: 0,
    },
    feedForward: {
      description:
        'How the feed-forward of an MM Block starts from that of its language-model block: "trained" copies it and trains the copy; "lora" freezes the copy and trains low-rank additions; "none" leaves it out, with its norm and its gate.',
      enum: ['trained', 'lora', 'none'],
      default: 'trained',
    },
    feedForwardStart: {
      description:
        'What is copied of that feed-forward: its "weights", as published, while biases, the norm before it and the exact GELU are fresh; or the "whole" of it, with the biases, norm and activation of the language model.',
      enum: ['weights', 'whole'],
      default: 'weights',
    },
    combine: {
      description:
        'How a gated feed-forward (Llama) joins its two branches: their "product", as in the language model, or their "sum", as in the released program.',
      enum: ['product', 'sum'],
      default: 'product',
    },
    lora: {
      description: 'The low-rank additions of feedForward: lora.',
      type: 'object',
      additionalProperties: false,
      default: {},
      properties: {
        rank: {
          ...count,
          description: 'Rank of the additions; at most the width of the language model.',
          default: 16,
        },
        scale: { description: 'What they are multiplied by (alpha / rank).', type: 'number', default: 16 },
        dropout: { ...rate, description: 'Rate of dropout on their input.', default: 0.05 },
      },
      required: ['rank', 'scale', 'dropout'],
    },
    streamWidth: {
      description: 'Width of the joint vectors of all streams; null is that of the widest encoder.',
      type: ['integer', 'null'],
      minimum: 1,
      default: null,
    },
    headWidth: { ...count, description: 'Width of the hidden layer of the task head.', default: 64 },
    dropout: { ...rate, description: 'Rate of every dropout in the MM Blocks.', default: 0.1 },
    languageModelDropout: {
      description:
        'Whether the language model keeps its own dropout in training, if it has any: it does as published, though it is frozen.',
      type: 'boolean',
      default: true,
    },
    lossWeights: {
      description: 'Weights of the auxiliary losses beside the task loss; a loss of weight 0 has no head.',
      type: 'object',
      additionalProperties: false,
      default: {},
      properties: {
        fusion: { ...lossWeight, description: 'The task, from each fusion token.', default: 1 },
        streams: { ...lossWeight, description: 'The task, from the streams alone.', default: 1 },
        text: { ...lossWeight, description: 'The task, from the last word.', default: 1 },
        languageModel: { ...lossWeight, description: 'The next token of the text.', default: 0.1 },
        consistency: {
          ...lossWeight,
          description:
            'How far the guesses from the streams and from the last word are apart, mean |streams - text|; off in all published runs. Needs both heads.',
          default: 0,
        },
      },
      required: ['fusion', 'streams', 'text', 'languageModel', 'consistency'],
    },
    ulgm: {
      description:
        'Labels of the auxiliary heads, generated in training from where their features lie between two class centres (ULGM: Self-MM, Yu et al. 2021, arXiv 2102.04830, section 3.3), as the authors mean it for MOSI; `{}` turns it on, null leaves every head the label of the whole. For regression.',
      type: ['object', 'null'],
      additionalProperties: false,
      default: null,
      properties: {
        patience: {
          ...count,
          description:
            'Epochs in which heads learn the label of the whole. Loss weights hold for one epoch more; from then on a sample weighs tanh|own label - label of the whole|.',
          default: 2,
        },
        bound: {
          description: 'Generated labels lie within plus and minus this; null is the farther end of the label range.',
          type: ['number', 'null'],
          exclusiveMinimum: 0,
          default: null,
        },
      },
      required: ['patience', 'bound'],
    },
    seqAug: {
      description:
        'SeqAug: in training, features of a sample are drawn from another position of its sequence, one permutation for the batch.',
      type: 'object',
      additionalProperties: false,
      default: {},
      properties: {
        textBatches: { ...probability, description: 'Share of batches whose text is augmented.', default: 0 },
        textFeatures: { ...probability, description: 'Share of embedding features that move.', default: 0.2 },
        streamFeatures: { ...probability, description: 'Share of stream features that move; 0: off.', default: 0 },
        within: {
          description:
            'Where features may come from: any position of the "padded" sequence, as published, or only the "real" ones of the sample.',
          enum: ['padded', 'real'],
          default: 'padded',
        },
      },
      required: ['textBatches', 'textFeatures', 'streamFeatures', 'within'],
    },
    embeddingNoise: {
      description:
        'In training, deviation of normal noise that is added to the embeddings of the words: what the authors tried in place of SeqAug (0.05, 0.1, 0.2). 0: off.',
      type: 'number',
      minimum: 0,
      default: 0,
    },
  },
} as const;

export type DeepmlfOptions = OptionsOf<typeof options>;

export const deepmlf = defineFusion({
  id: 'deepmlf',
  version: '0.1.0',
  apiVersion: 1,
  title: 'DeepMLF',
  summary:
    'Learnable tokens after the text gather audio and vision at many depths of a frozen language model, by gated cross-attention.',
  paper: 'https://arxiv.org/abs/2504.11082',
  category: 'deep',
  requires: { languageModel: ['embed', 'blocks', 'logits', 'feedForward'], text: 'tokens', streams: { min: 1 } },
  missing: 'mask',
  padding: 'fixed',
  adaptation: 'own',
  options,
  presets,
  load: async () => (await import('./module.js')).createDeepmlf,
});
