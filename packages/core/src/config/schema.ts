/** The schema of a config, with the form of its slots left open: strict for validation, lenient for editors. */
import type { PluginKind } from '../contracts/plugin.js';

export type JsonSchema = { readonly [keyword: string]: unknown };

/** The engine of a config that names none. */
export const defaultEngine = 'onnx';

/** How slots and lists are written in one form of the config. */
export interface ConfigForm {
  /** The schema of a slot for plugins of this kind; `beside` are properties that stand next to `use` and `options`. */
  slot(kind: PluginKind, description: string, beside?: { readonly [name: string]: JsonSchema }): JsonSchema;
  /** The schema of one or several items. */
  list(items: JsonSchema, rules: JsonSchema): JsonSchema;
}

const share = { type: 'number', minimum: 0, maximum: 1 } as const;
const positiveInteger = { type: 'integer', minimum: 1 } as const;
const notNegative = { type: 'number', minimum: 0 } as const;
const seed = { type: 'integer', minimum: 0, maximum: 4294967295 } as const;
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

/** One key, so that a list of them says what is done in which order. */
const transform = {
  type: 'object',
  additionalProperties: false,
  minProperties: 1,
  maxProperties: 1,
  description: 'Exactly one of clip, standardise, pool, align.',
  properties: {
    clip: {
      type: 'array',
      prefixItems: [{ type: 'number' }, { type: 'number' }],
      items: false,
      minItems: 2,
      maxItems: 2,
      description: 'Moves every value into this range: [low, high].',
    },
    standardise: {
      const: true,
      description:
        'Mean 0 and deviation 1 for each feature, fitted on the training split and stored with the checkpoint.',
    },
    pool: {
      ...positiveInteger,
      description: 'At most so many steps, each the mean of an equal span of neighbouring frames.',
    },
    align: {
      ...positiveInteger,
      description:
        'At most so many steps T, each the mean of frames t, t + T, t + 2T, ...: the strided align of DeepMLF.',
    },
  },
} as const satisfies JsonSchema;

const adaptation = {
  enum: ['frozen', 'feed-forward'],
  default: 'frozen',
  description:
    'feed-forward: trained, gated feed-forwards after the blocks of the last half of the language model, as DeepMLF has them.',
} as const satisfies JsonSchema;

const preset = {
  type: 'string',
  minLength: 1,
  description: 'A variant of the strategy that its plugin names: its options stand between the defaults and these.',
} as const satisfies JsonSchema;

const control = {
  enum: ['none', 'constant-streams', 'shuffled-streams'],
  default: 'none',
  description:
    'What the strategy gets to see in place of the streams, so that it is known what it would do without them: "constant-streams" gives every sample the same (zeros, all real), "shuffled-streams" those of another sample of its split.',
} as const satisfies JsonSchema;

const warmStart = {
  type: 'object',
  additionalProperties: false,
  required: ['run', 'select'],
  description: 'Weights of another run, to start with.',
  properties: {
    run: {
      type: 'string',
      minLength: 1,
      description:
        'A stage, whose run with the same seed is meant; or the path of a run folder, with a slash in it, where {seed} stands for the seed and * for the rest of a name.',
    },
    select: {
      type: 'string',
      minLength: 1,
      description:
        'Which leaves, by path: * is any part of a name, ** any number of names, {a,b} one of these. streams/** is all that begins with streams/.',
    },
    as: {
      type: 'string',
      description: 'What stands here for the part of select before its first wildcard. Default: the same.',
    },
  },
} as const satisfies JsonSchema;

const slotTraining = (training: { readonly [name: string]: JsonSchema }) => ({
  type: 'object',
  additionalProperties: false,
  properties: training,
  description: 'Of this strategy alone, in place of those of the config: what a search has found for it.',
});

const searchSeeds = {
  minItems: 1,
  uniqueItems: true,
  description: 'Seeds of the trials, none of which is among those that are reported.',
} as const satisfies JsonSchema;

const searchMethod = {
  enum: ['grid', 'random', 'halving'],
  default: 'random',
  description:
    'grid: all combinations of lists; random: drawn; halving: drawn, the better third of them with three times the epochs, until all epochs are reached.',
} as const satisfies JsonSchema;

const range = {
  type: 'object',
  additionalProperties: false,
  required: ['min', 'max'],
  properties: {
    min: { type: 'number', description: 'Lowest value.' },
    max: { type: 'number', description: 'Highest value.' },
    log: { type: 'boolean', description: 'Drawn by its logarithm.' },
    integer: { type: 'boolean', description: 'Whole numbers only.' },
  },
  description: 'Values that are drawn from.',
} as const satisfies JsonSchema;

const textLength = {
  ...positiveInteger,
  description: 'Padded text length in tokens; longer texts are truncated.',
} as const satisfies JsonSchema;

const transforms = {
  type: 'object',
  description:
    'What is done to each stream, by its name, one transform after another; "*" is for every stream that is not named.',
  additionalProperties: {
    type: 'array',
    items: transform,
    description: 'The transforms of this stream, in order.',
  },
} as const satisfies JsonSchema;

/** The whole config, in the given form. */
export function configSchema(form: ConfigForm, training: { readonly [name: string]: JsonSchema } = trainingProperties) {
  const besideFusion = {
    control,
    preset,
    adaptation,
    warmStart: form.list(warmStart, { minItems: 1, description: 'What it starts with, from other runs.' }),
    training: slotTraining(training),
  };
  return {
    type: 'object',
    additionalProperties: false,
    required: ['data', 'fusion'],
    properties: {
      name: { type: 'string', minLength: 1, default: 'default', description: 'Name of this configuration.' },
      data: form.slot('dataset', 'The dataset.', {
        textLength: { ...textLength, default: 32 },
        transforms: { ...transforms, default: {} },
      }),
      encoders: {
        type: 'object',
        default: {},
        description: 'The encoder of each stream, by its name; "*" is for every stream that is not named.',
        properties: {
          '*': {
            ...form.slot('encoder', 'The encoder of every stream that is not named.'),
            default: slotOf('transformer'),
          },
        },
        additionalProperties: form.slot('encoder', 'The encoder of this stream.'),
      },
      languageModel: form.list(
        form.slot('language-model', 'A language model; strategies that need none run without.'),
        {
          default: [],
          description: 'The language model, or several to compare: strategies that use one run with each of them.',
        },
      ),
      fusion: form.list(form.slot('fusion', 'A fusion strategy.', besideFusion), {
        minItems: 1,
        description: 'The fusion strategies to compare.',
      }),
      stages: {
        type: 'object',
        default: {},
        description: 'Runs that come before others, by name: a strategy starts with their weights by warmStart.',
        additionalProperties: {
          type: 'object',
          additionalProperties: false,
          required: ['fusion'],
          description: 'A stage: one run for each seed. What it leaves out is that of the config, but for training.',
          properties: {
            fusion: form.slot('fusion', 'What is trained in this stage.', besideFusion),
            training: {
              type: 'object',
              additionalProperties: false,
              default: {},
              properties: training,
              description: 'What is left out comes from the recipe of the strategy, then from the defaults.',
            },
            encoders: {
              type: 'object',
              description: 'The encoders of this stage, in place of those of the config.',
              additionalProperties: form.slot('encoder', 'The encoder of this stream.'),
            },
            data: {
              type: 'object',
              additionalProperties: false,
              description: 'What differs in the data; the dataset is the same.',
              properties: { textLength, transforms },
            },
          },
        },
      },
      training: {
        type: 'object',
        additionalProperties: false,
        default: {},
        properties: training,
        description: 'What is left out comes from the recipe of the strategy, then from the defaults.',
      },
      evaluation: {
        type: 'object',
        additionalProperties: false,
        default: {},
        description: 'How predictions are judged.',
        properties: {
          metrics: { ...form.slot('metric', 'The family of metrics.'), default: slotOf('sentiment') },
          select: {
            type: 'string',
            minLength: 1,
            default: 'MAE',
            description:
              'The primary metric: it chooses the best epoch, on validation, and ranks the strategies. Or "loss": the loss of the task alone chooses the epoch, as the mean of the means of its batches (DeepMLF on MOSEI and CH-SIMS).',
          },
          margin: {
            type: 'number',
            exclusiveMinimum: 0,
            description:
              'Differences of the primary metric smaller than this do not matter; two strategies can then be shown to be equivalent.',
          },
        },
      },
      search: {
        type: 'object',
        additionalProperties: false,
        required: ['space'],
        description: 'What `interfuse search` tries, on validation alone.',
        properties: {
          method: searchMethod,
          trials: { ...positiveInteger, default: 8, description: 'Trials of every strategy, the same for all.' },
          seeds: form.list(seed, { ...searchSeeds, default: [101] }),
          space: {
            type: 'object',
            minProperties: 1,
            description: 'By path (training.<setting> or fusion.options.<option>): a list of values, or a range.',
            additionalProperties: { anyOf: [{ type: 'array', minItems: 1 }, range] },
          },
        },
      },
      tuned: {
        type: 'object',
        additionalProperties: false,
        required: ['method', 'trials', 'seeds'],
        description: 'What a search has done for these values. `interfuse search` writes it.',
        properties: {
          method: searchMethod,
          trials: { ...positiveInteger, description: 'Trials of every strategy.' },
          seeds: form.list(seed, searchSeeds),
        },
      },
      engine: { ...form.slot('engine', 'What computes.'), default: slotOf(defaultEngine) },
      seeds: form.list(seed, {
        minItems: 1,
        uniqueItems: true,
        default: [1, 2, 3],
        description: 'One run of every strategy for each seed.',
      }),
      plugins: form.list(
        { type: 'string', minLength: 1 },
        {
          uniqueItems: true,
          default: [],
          description: 'Packages and files that provide plugins; paths begin with "./" and are relative to this file.',
        },
      ),
      output: {
        type: 'string',
        minLength: 1,
        default: 'runs',
        description: 'Folder of the run folders, relative to this file.',
      },
    },
  } as const;
}

function slotOf(use: string): JsonSchema {
  return { use, options: {} };
}
