/** What a training of a language model is told: its config file, checked, with every default filled. */
import { type ConfigInput, InterfuseError, type OptionsOf, throwProblems } from '@interfuse/core';
import { applyOverrides, compileSchema } from '@interfuse/core/config';

const share = { type: 'number', exclusiveMinimum: 0, exclusiveMaximum: 1 } as const;
const count = { type: 'integer', minimum: 1 } as const;
const rate = { type: 'number', minimum: 0, maximum: 1 } as const;

export const settingsSchema = {
  type: 'object',
  additionalProperties: false,
  required: ['texts', 'output', 'model', 'training'],
  properties: {
    name: { type: 'string', minLength: 1, default: 'language-model', description: 'Title of the card.' },
    texts: {
      type: 'array',
      minItems: 1,
      items: { type: 'string', minLength: 1 },
      description:
        'Files, relative to the config: .txt (one document each) and .jsonl (one object with "text" a line, one document each).',
    },
    output: {
      type: 'string',
      minLength: 1,
      description:
        'The Hugging Face folder to be written, relative to the config; training/ in it holds what a resumed training needs.',
    },
    heldOut: {
      ...share,
      default: 0.02,
      description: 'Share of the text, in whole documents, that is held out to measure on.',
    },
    seed: { type: 'integer', minimum: 0, default: 1, description: 'Of the held-out choice, fresh weights and order.' },
    vocabulary: {
      type: 'integer',
      minimum: 257,
      maximum: 65536,
      default: 2048,
      description: 'Size of the byte-level vocabulary: 256 bytes, merges, and the end of a text.',
    },
    model: {
      type: 'object',
      additionalProperties: false,
      required: ['width', 'layers', 'heads'],
      description: 'What is trained.',
      properties: {
        architecture: { enum: ['gpt2', 'llama'], default: 'gpt2', description: 'As `languageModel.use` names it.' },
        width: { ...count, description: 'Of the hidden states; a multiple of `heads`.' },
        layers: { ...count, description: 'Blocks.' },
        heads: { ...count, description: 'Of attention.' },
        contextLength: { type: 'integer', minimum: 2, default: 256, description: 'Tokens that the model can read.' },
        dropout: {
          ...rate,
          exclusiveMaximum: 1,
          default: 0,
          description: 'Of embeddings, attention and residuals; attention alone in a llama.',
        },
      },
    },
    training: {
      type: 'object',
      additionalProperties: false,
      required: ['tokens'],
      description: 'How it is trained.',
      properties: {
        tokens: {
          ...count,
          description: 'To be predicted in training, in all: several passes where the text has fewer.',
        },
        batchSize: { ...count, default: 8, description: 'Windows of the context length in a micro-batch.' },
        accumulate: { ...count, default: 1, description: 'Micro-batches per optimizer step.' },
        learningRate: { type: 'number', exclusiveMinimum: 0, default: 0.001, description: 'The highest.' },
        schedule: {
          enum: ['constant', 'linear', 'cosine'],
          default: 'cosine',
          description: 'Of the rate after the rise.',
        },
        warmup: { ...rate, default: 0.05, description: 'Share of the steps over which the rate rises from 0.' },
        weightDecay: { type: 'number', minimum: 0, default: 0.1, description: 'Of matrices; vectors have none.' },
        betas: {
          type: 'array',
          minItems: 2,
          maxItems: 2,
          items: { type: 'number', minimum: 0, exclusiveMaximum: 1 },
          default: [0.9, 0.95],
          description: 'Of AdamW.',
        },
        clipNorm: {
          type: 'number',
          minimum: 0,
          default: 1,
          description: 'Clip gradients to this global norm (0: off).',
        },
        evaluateEvery: {
          ...count,
          default: 200,
          description: 'Optimizer steps from one measurement and checkpoint to the next.',
        },
      },
    },
    weights: { enum: ['F16', 'F32'], default: 'F16', description: 'Data type of model.safetensors.' },
    card: {
      type: 'object',
      additionalProperties: false,
      default: {},
      description: 'What the card says that no program can know.',
      properties: {
        data: { type: 'string', description: 'Which texts these are, and where they come from.' },
        licenceId: {
          type: 'string',
          pattern: '^[a-z0-9][a-z0-9.-]*$',
          description:
            'Short name of the licence of the weights, as Hugging Face has it (mit, apache-2.0): the head of the card.',
        },
        licence: { type: 'string', description: 'Of the texts, and of the weights.' },
        made: { type: 'string', description: 'How to make it again.' },
      },
    },
  },
} as const;

type Written = OptionsOf<typeof settingsSchema>;

/** With every default filled. */
export interface LanguageModelSettings {
  readonly name: string;
  readonly texts: readonly string[];
  readonly output: string;
  readonly heldOut: number;
  readonly seed: number;
  readonly vocabulary: number;
  readonly model: Required<NonNullable<Written['model']>>;
  readonly training: Required<NonNullable<Written['training']>>;
  readonly weights: 'F16' | 'F32';
  readonly card: {
    readonly licenceId?: string;
    readonly data?: string;
    readonly licence?: string;
    readonly made?: string;
  };
}

const check = compileSchema(settingsSchema);

/**
 * @param overrides `path=value`, as on the command line
 * @throws CONFIG_UNKNOWN_OPTION, CONFIG_MISSING_OPTION, CONFIG_WRONG_VALUE, CONFIG_BAD_OVERRIDE
 */
export function readSettings(written: ConfigInput, overrides: readonly string[] = []): LanguageModelSettings {
  const filled = applyOverrides(written, overrides) as unknown as Record<string, unknown>;
  throwProblems(check(filled, ''));
  const settings = filled as unknown as LanguageModelSettings;
  const { width, heads } = settings.model;
  if (width % heads === 0) return settings;
  throw new InterfuseError('CONFIG_WRONG_VALUE', {
    place: 'model.heads',
    expected: `a divisor of the width, ${width}`,
    got: String(heads),
  });
}
