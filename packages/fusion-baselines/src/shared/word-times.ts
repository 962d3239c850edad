/** Streams word by word: what the strategies share that need to know when a word is spoken. */
import { type Batch, type Encoded, type FusionHost, InterfuseError, type TextInput } from '@interfuse/core';
import { alignToTokens } from '@interfuse/nn';

/** @throws PLUGIN_REQUIREMENT if times are to be measured and the dataset has others or none */
export function checkTimes(times: 'measured' | 'approximate', { text }: FusionHost, strategy: string): void {
  const known = text?.wordTimes ?? 'none';
  if (times === 'approximate' || known === 'measured') return;
  throw new InterfuseError('PLUGIN_REQUIREMENT', {
    place: `fusion ${strategy}, options.times`,
    expected: 'a dataset that tells when each word is spoken, and how many steps of its streams a second has',
    got:
      known === 'segments' ? 'one that tells when sentences are spoken' : 'one that does not, for all of its streams',
    remedy: 'Set `times: approximate` to spread words evenly, or add `words` to the samples of the dataset.',
  });
}

/** The frames of each stream averaged over the word of each token: [B, L, width], by name. */
export function wordByWord(
  batch: Batch,
  { streams }: Pick<FusionHost, 'streams'>,
  text: TextInput,
): Record<string, Encoded> {
  const aligned = Object.keys(streams).map((name) => {
    const stream = batch.streams[name] as NonNullable<Batch['streams'][string]>;
    return [name, alignToTokens(stream, text)] as const;
  });
  return Object.fromEntries(aligned);
}
