/** Decoder language models from Hugging Face folders. Importing this loads no tensor library. */
import type { LanguageModelPlugin } from '@interfuse/core';
import { auto, checkpointOptions, gemma2, gpt2, gptNeox, llama, opt, phi3, qwen2, qwen3 } from './plugin.js';

export { type Architecture, modelTypes } from './architectures/index.js';
export { bundledFolder, bundledModels } from './bundled.js';
export { checkpointFolder, requireWhole } from './checkpoint-folder.js';
export { readEndTokens } from './end-tokens.js';
export { type LoadSettings, loadLanguageModel } from './load.js';
export type { ModelPrecision } from './precision.js';
export { createTextStream, type TextStream } from './text-stream.js';
export { createTokenizer, loadTokenizer } from './tokenizer.js';
export { readTokenizerDefinition, type TokenizerDefinition } from './tokenizer-definition.js';
export { auto, checkpointOptions, gemma2, gpt2, gptNeox, llama, opt, phi3, qwen2, qwen3 };

export const plugins: readonly LanguageModelPlugin[] = [llama, gpt2, gemma2, gptNeox, opt, phi3, qwen2, qwen3, auto];
