/** What the language-model plugins do when they are used: folder, model and tokenizer from the options. */
import type { LanguageModel, LanguageModelHost, Tokenizer } from '@interfuse/core';
import type { Architecture, Build } from './architectures/index.js';
import { checkpointFolder, requireWhole } from './checkpoint-folder.js';
import { type LoadSettings, loadLanguageModel } from './load.js';
import { loadTokenizer } from './tokenizer.js';

export interface LanguageModelOptions extends Pick<LoadSettings, 'weights' | 'train' | 'lora' | 'precision'> {
  readonly checkpoint: string;
}

/**
 * @param kind the only architecture that is accepted, null for whichever config.json names, or an adapter of one's own
 * @throws LANGUAGE_MODEL_UNKNOWN, LANGUAGE_MODEL_ABSENT, LANGUAGE_MODEL_INVALID
 */
export async function openLanguageModel(
  kind: Architecture | Build | null,
  { checkpoint, ...settings }: LanguageModelOptions,
  host: LanguageModelHost,
): Promise<{ model: LanguageModel; tokenizer: Tokenizer }> {
  const folder = checkpointFolder(checkpoint, host.resolvePath);
  requireWhole(folder, settings.weights !== 'random');
  const { lora } = settings;
  const adapter = lora?.from ? { lora: { ...lora, from: host.resolvePath(lora.from) } } : {};
  const chosen = typeof kind === 'function' ? { build: kind } : kind === null ? {} : { architecture: kind };
  const model = await loadLanguageModel(folder, { ...settings, ...adapter, ...chosen });
  return { model, tokenizer: await loadTokenizer(folder, model.config.vocabulary) };
}
