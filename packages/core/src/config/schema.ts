/** The schema of a config, with the form of its slots left open: strict for validation, lenient for editors. */
import type { PluginKind } from '../contracts/plugin.js';
import { positiveInteger, seed } from './numbers.js';
import { searchSections } from './search-schema.js';
import { trainingProperties } from './training-schema.js';

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
      ...searchSections(form),
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
