/** What a fusion strategy takes from its host and its batch, with a coded error where the run does not offer it. */
import { type Batch, type FusionHost, InterfuseError, type LanguageModel, type TextInput } from '@interfuse/core';

/** @throws PLUGIN_REQUIREMENT if the run has no language model */
export function hostLanguageModel(host: FusionHost, strategy: string): LanguageModel {
  if (host.languageModel) return host.languageModel;
  throw new InterfuseError('PLUGIN_REQUIREMENT', {
    place: `fusion ${strategy}`,
    expected: 'a language model',
    got: 'a run without one',
    remedy: 'Name one under `languageModel:` in the config.',
  });
}

/** @throws PLUGIN_REQUIREMENT if the dataset has no text */
export function batchText(batch: Batch, strategy: string): TextInput {
  if (batch.text) return batch.text;
  throw new InterfuseError('PLUGIN_REQUIREMENT', {
    place: `fusion ${strategy}`,
    expected: 'a dataset with text',
    got: 'a batch without text',
  });
}
