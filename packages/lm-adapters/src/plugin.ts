/** The language-model plugins: one for each architecture and one for all, with the same options. */
import { defineLanguageModel } from '@interfuse/core';
import type { Architecture } from './architectures/index.js';

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
  summary:
    'Decoder with rotary positions, grouped-query attention, RMS norms and SwiGLU: Llama, Mistral, SmolLM2, TinyLlama.',
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

/** Of every adapter whose checkpoint is a choice of the config. */
export const checkpointOptions = {
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
} as const;

/** @param architecture the only one that is accepted; null: the one that config.json names */
function adapter<const I extends string>(
  architecture: Architecture | null,
  about: { readonly id: I; readonly title: string; readonly summary: string; readonly paper?: string },
) {
  return defineLanguageModel({
    ...about,
    version: '0.1.0',
    apiVersion: 1,
    options: checkpointOptions,
    provides,
    load: async () => {
      const { openLanguageModel } = await import('./module.js');
      return (options, host) => openLanguageModel(architecture, options, host);
    },
  });
}

export const auto = adapter(null, {
  id: 'auto',
  title: 'Whatever the checkpoint is',
  summary: 'The architecture that the config.json of the checkpoint names, among all that are known.',
});

export const gemma2 = adapter('gemma2', {
  id: 'gemma2',
  title: 'Gemma 2',
  summary: 'Decoder with norms on both sides of each part, soft caps, and a sliding window in every other block.',
  paper: 'https://arxiv.org/abs/2408.00118',
});

export const gpt2 = adapter('gpt2', {
  id: 'gpt2',
  title: 'GPT-2',
  summary: 'Decoder with learned positions, layer norms and GELU: GPT-2 of every size and its descendants.',
  paper: 'https://cdn.openai.com/better-language-models/language_models_are_unsupervised_multitask_learners.pdf',
});

export const gptNeox = adapter('gpt_neox', {
  id: 'gpt_neox',
  title: 'GPT-NeoX',
  summary: 'Decoder whose feed-forwards stand beside the attention, rotary positions on a part of each head: Pythia.',
  paper: 'https://arxiv.org/abs/2304.01373',
});

export const opt = adapter('opt', {
  id: 'opt',
  title: 'OPT',
  summary: 'Decoder with learned positions, layer norms and ReLU: OPT of every size.',
  paper: 'https://arxiv.org/abs/2205.01068',
});

export const phi3 = adapter('phi3', {
  id: 'phi3',
  title: 'Phi-3',
  summary: 'Decoder like Llama with joined projections, up to the length it was first trained on: Phi-3, Phi-4-mini.',
  paper: 'https://arxiv.org/abs/2404.14219',
});

export const qwen2 = adapter('qwen2', {
  id: 'qwen2',
  title: 'Qwen2',
  summary: 'Decoder like Llama with biases on queries, keys and values: Qwen2, Qwen2.5.',
  paper: 'https://arxiv.org/abs/2407.10671',
});

export const qwen3 = adapter('qwen3', {
  id: 'qwen3',
  title: 'Qwen3',
  summary: 'Decoder like Llama with norms of queries and keys: Qwen3.',
  paper: 'https://arxiv.org/abs/2505.09388',
});
