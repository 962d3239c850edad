/** The language-model plugins: one for each architecture, all with the same options. */
import { defineLanguageModel } from '@interfuse/core';

const weights = {
  enum: ['stored', 'random'],
  default: 'stored',
  description:
    'stored: the weights of the checkpoint. random: the same architecture, freshly initialised from the seed (the control for what pre-training contributes).',
} as const;

const train = {
  type: 'string',
  pattern: '^(frozen|lora|all|last:[1-9][0-9]*)$',
  default: 'frozen',
  description:
    'What the optimizer may change, as the parameter group "language-model". frozen: nothing. lora: low-rank additions to the projections of the blocks (see lora). last:2: the last two blocks and the final norm. all: every weight, embeddings included.',
} as const;

const lora = {
  type: 'object',
  additionalProperties: false,
  default: {},
  description:
    'The low-rank additions of `train: lora`: scale * B(A(dropout(x))) beside a projection, with B zero at first.',
  properties: {
    rank: { type: 'integer', minimum: 1, default: 8, description: 'Rows of A and columns of B.' },
    alpha: {
      type: 'number',
      exclusiveMinimum: 0,
      default: 16,
      description: 'What is added is multiplied by alpha / rank.',
    },
    dropout: {
      type: 'number',
      minimum: 0,
      exclusiveMaximum: 1,
      default: 0,
      description: 'Rate of dropout on their input, in training.',
    },
    targets: {
      type: ['string', 'array'],
      items: { type: 'string', minLength: 1 },
      minItems: 1,
      minLength: 1,
      default: 'all-linear',
      description:
        'Which projections, by the end of their names in the checkpoint (q_proj, attn.c_proj), or all-linear: all of them in the blocks.',
    },
    from: {
      type: ['string', 'null'],
      minLength: 1,
      default: null,
      description:
        'The folder of a PEFT adapter that training starts from, relative to the config; rank, alpha and targets are then its own.',
    },
  },
  required: ['rank', 'alpha', 'dropout', 'targets', 'from'],
} as const;

const precision = {
  enum: ['stored', 'float32', 'float16', 'int8', 'int4'],
  default: 'stored',
  description:
    'How the matrices of a frozen language model are held in memory. stored: as its file holds them. int8, int4: whole numbers in blocks of 32 with a scale; int4 keeps embeddings and head in int8. Computations are in float32 always.',
} as const;

const provides = ['embed', 'blocks', 'logits', 'prefix', 'feedForward'] as const;

export const llama = defineLanguageModel({
  id: 'llama',
  version: '0.1.0',
  apiVersion: 1,
  title: 'Llama',
  summary: 'Decoder with rotary positions, grouped-query attention, RMS norms and SwiGLU: Llama, SmolLM2, TinyLlama.',
  paper: 'https://arxiv.org/abs/2302.13971',
  options: {
    type: 'object',
    additionalProperties: false,
    properties: {
      checkpoint: {
        type: 'string',
        minLength: 1,
        default: 'stories260k',
        description:
          'A bundled model (stories260k), the folder of a Hugging Face checkpoint, relative to the config, or a model of the Hub in the local cache (org/name or org/name@revision; `interfuse lm pull` fetches it).',
      },
      weights,
      train,
      lora,
      precision,
    },
  },
  provides,
  load: async () => {
    const { openLanguageModel } = await import('./module.js');
    return (options, host) => openLanguageModel('llama', options, host);
  },
});

export const gpt2 = defineLanguageModel({
  id: 'gpt2',
  version: '0.1.0',
  apiVersion: 1,
  title: 'GPT-2',
  summary: 'Decoder with learned positions, layer norms and GELU: GPT-2 of every size and its descendants.',
  paper: 'https://cdn.openai.com/better-language-models/language_models_are_unsupervised_multitask_learners.pdf',
  options: {
    type: 'object',
    additionalProperties: false,
    required: ['checkpoint'],
    properties: {
      checkpoint: {
        type: 'string',
        minLength: 1,
        description:
          'The folder of a Hugging Face checkpoint, relative to the config, or a model of the Hub in the local cache (org/name or org/name@revision; `interfuse lm pull` fetches it).',
      },
      weights,
      train,
      lora,
      precision,
    },
  },
  provides,
  load: async () => {
    const { openLanguageModel } = await import('./module.js');
    return (options, host) => openLanguageModel('gpt2', options, host);
  },
});
