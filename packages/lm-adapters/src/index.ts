/** Decoder language models from Hugging Face folders. Importing this loads no tensor library. */
import type { LanguageModelPlugin } from '@interfuse/core';
import { gpt2, llama } from './plugin.js';

export { bundledFolder, bundledModels } from './bundled.js';
export { checkpointFolder, requireWhole } from './checkpoint-folder.js';
export { readEndTokens } from './end-tokens.js';
export { type Architecture, type LoadSettings, loadLanguageModel } from './load.js';
export type { ModelPrecision } from './precision.js';
export { createTextStream, type TextStream } from './text-stream.js';
export { createTokenizer, loadTokenizer } from './tokenizer.js';
export { readTokenizerDefinition, type TokenizerDefinition } from './tokenizer-definition.js';
export { gpt2, llama };

export const plugins: readonly LanguageModelPlugin[] = [llama, gpt2];
