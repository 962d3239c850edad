/** The language-model plugins: one for each architecture, all with the same options. */
import { defineLanguageModel } from '@interfuse/core';

const weights = {
  enum: ['stored', 'random'],
  default: 'stored',
  description:
    'stored: the weights of the checkpoint. random: the same architecture, freshly initialised from the seed (the control for what pre-training contributes).',
} as const;

const train = {
  enum: ['frozen', 'all'],
  default: 'frozen',
  description:
    'frozen: the optimizer leaves the language model as it is. all: it trains every weight, in the parameter group "language-model".',
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
          'A bundled model (stories260k) or the folder of a Hugging Face checkpoint, relative to the config.',
      },
      weights,
      train,
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
        description: 'The folder of a Hugging Face checkpoint, relative to the config.',
      },
      weights,
      train,
    },
  },
  provides,
  load: async () => {
    const { openLanguageModel } = await import('./module.js');
    return (options, host) => openLanguageModel('gpt2', options, host);
  },
});
