/** What the language-model plugins do when they are used: folder, model and tokenizer from the options. */
import type { LanguageModel, LanguageModelHost, Tokenizer } from '@interfuse/core';
import { checkpointFolder } from './bundled.js';
import { type Architecture, type LoadSettings, loadLanguageModel } from './load.js';
import { loadTokenizer } from './tokenizer.js';

export interface LanguageModelOptions extends Pick<LoadSettings, 'weights' | 'train'> {
  readonly checkpoint: string;
}

/** @throws LANGUAGE_MODEL_UNKNOWN, LANGUAGE_MODEL_INVALID */
export async function openLanguageModel(
  architecture: Architecture,
  { checkpoint, ...settings }: LanguageModelOptions,
  host: LanguageModelHost,
): Promise<{ model: LanguageModel; tokenizer: Tokenizer }> {
  const folder = checkpointFolder(checkpoint, host.resolvePath);
  const model = await loadLanguageModel(folder, { ...settings, architecture });
  return { model, tokenizer: await loadTokenizer(folder, model.config.vocabulary) };
}
