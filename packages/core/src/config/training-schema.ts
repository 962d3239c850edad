/** The schema of the settings of training. */
import { notNegative, positiveInteger, share } from './numbers.js';
import type { JsonSchema } from './schema.js';

const beta = { type: 'number', minimum: 0, exclusiveMaximum: 1 } as const;

/** Of `TrainingSettings`; without defaults, because a strategy's recipe stands between them and the user. */
export const trainingProperties = {
  epochs: { ...positiveInteger, description: 'Passes over the training split, at most.' },
  batchSize: { ...positiveInteger, description: 'Samples per micro-batch.' },
  accumulate: { ...positiveInteger, description: 'Micro-batches per optimizer step.' },
  accumulation: {
    enum: ['mean', 'sum'],
    description: 'What becomes of the gradients of the micro-batches: their mean or their sum.',
  },
  accumulationTail: {
    enum: ['keep', 'drop'],
    description:
      'Micro-batches at the end of an epoch that do not fill an accumulation: an update of their own (keep), or none (drop, as DeepMLF was published). With "drop" a last, smaller micro-batch passes the model, too.',
  },
  pieceSize: {
    type: 'integer',
    minimum: 0,
    description:
      'Samples of a batch that pass the model at a time (0: all). Bounds the memory of a step; gradients and batch statistics are still those of the whole batch, at the price of a second forward pass.',
  },
  learningRate: { type: 'number', exclusiveMinimum: 0, description: 'Highest learning rate of the schedule.' },
  weightDecay: { ...notNegative, description: 'Decoupled weight decay of AdamW.' },
  decayed: {
    enum: ['weights', 'all'],
    description:
      'What weight decay acts on: everything but biases (weights; in DeepMLF norms, gates and fusion tokens decay, as published), or biases, too (all, as AdamW of PyTorch does by default, and with it the pre-training of DeepMLF).',
  },
  betas: {
    type: 'array',
    prefixItems: [beta, beta],
    items: false,
    minItems: 2,
    maxItems: 2,
    description: 'Decay rates of the two moments of AdamW.',
  },
  epsilon: { type: 'number', exclusiveMinimum: 0, description: 'Epsilon of AdamW.' },
  schedule: {
    enum: ['constant', 'linear', 'cosine', 'cosine-restarts', 'plateau'],
    description:
      'How the learning rate falls after the warm-up. "cosine-restarts" begins again at the top where "cosine" stays down (Loshchilov and Hutter 2017, arXiv 1608.03983); "plateau" falls when validation does not improve (ReduceLROnPlateau of PyTorch).',
  },
  scheduleEpochs: {
    ...positiveInteger,
    type: ['integer', 'null'],
    description:
      'Epochs, warm-up included, over which the learning rate falls, or the first period of "cosine-restarts"; null: as many as `epochs`, which is the cap.',
  },
  minimumRate: { ...notNegative, description: 'Lowest learning rate of the schedule.' },
  warmup: {
    ...share,
    description: 'Share of the optimizer steps of the schedule over which the learning rate rises from 0.',
  },
  warmupEpochs: {
    type: ['number', 'null'],
    minimum: 0,
    description: 'Epochs over which the learning rate rises from 0, in place of `warmup`; null: by share.',
  },
  plateauFactor: {
    type: 'number',
    exclusiveMinimum: 0,
    exclusiveMaximum: 1,
    description: 'With schedule "plateau": what the learning rate is multiplied by.',
  },
  plateauPatience: {
    type: 'integer',
    minimum: 0,
    description:
      'With schedule "plateau": epochs without improvement of the selected figure (of more than 0.01 %) that leave the learning rate alone; the next lowers it.',
  },
  clipNorm: { ...notNegative, description: 'Clip gradients to this global L2 norm (0: off).' },
  clipValue: { ...notNegative, description: 'Clip every gradient entry to this magnitude (0: off).' },
  clipAt: {
    enum: ['update', 'micro-batch'],
    description:
      'What is clipped: the gradients of an optimizer step, or, after every micro-batch, the sum accumulated so far (as the pre-training of DeepMLF was published).',
  },
  patience: {
    type: 'integer',
    minimum: 0,
    description: 'Stop after so many epochs without improvement on validation (0: never).',
  },
  leastImprovement: {
    ...notNegative,
    description: 'By how much an epoch has to be better than the best so far to take its place (0: by anything).',
  },
  decimals: {
    type: ['integer', 'null'],
    minimum: 0,
    maximum: 12,
    description: 'Decimals that the selected figure is rounded to before epochs are compared; null: as it is.',
  },
  modalityDropout: {
    type: 'object',
    description:
      'Share of the samples from which training withholds a modality, by its name (text, or a stream; "*" for those not named). A sample keeps at least one.',
    additionalProperties: { ...share, description: 'Share of the samples that go without this modality.' },
  },
  groups: {
    type: 'object',
    description: 'Settings for parameter groups, by the name that the leaves give.',
    additionalProperties: {
      type: 'object',
      additionalProperties: false,
      properties: {
        learningRateScale: { ...notNegative, description: 'Multiplies the learning rate of this group.' },
        weightDecay: { ...notNegative, description: 'Weight decay of this group.' },
        clip: { type: 'boolean', description: 'Whether clipping includes this group.' },
      },
    },
  },
} as const satisfies { readonly [name: string]: JsonSchema };
