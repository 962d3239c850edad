/** What the names of arrays say: `X_train`, `train/audio`, `valid_labels`, `audio_lengths_test`. */
import type { SplitName } from '@interfuse/core';

const splitWords: ReadonlyMap<string, SplitName> = new Map([
  ['train', 'train'],
  ['training', 'train'],
  ['valid', 'valid'],
  ['validation', 'valid'],
  ['val', 'valid'],
  ['dev', 'valid'],
  ['test', 'test'],
  ['testing', 'test'],
]);

export interface ArrayName {
  readonly split: SplitName;
  /** What is left without the word of the split: `audio`, `x`, `regression_labels`. */
  readonly base: string;
}

/** The split and the rest of a name; nothing if it names no split, or two. */
export function parseArrayName(name: string): ArrayName | undefined {
  const words = name
    .toLowerCase()
    .split(/[^a-z0-9]+/)
    .filter((word) => word !== '');
  const splits = new Set(words.map((word) => splitWords.get(word)).filter((split) => split !== undefined));
  const [split] = splits;
  if (split === undefined || splits.size > 1) return undefined;
  return { split, base: words.filter((word) => !splitWords.has(word)).join('_') };
}

export type Role =
  | { readonly kind: 'stream' | 'label' | 'lengths'; readonly name: string }
  | { readonly kind: 'texts' }
  | { readonly kind: 'ids' };

const scores = [
  'y',
  'label',
  'labels',
  'score',
  'scores',
  'target',
  'targets',
  'regression_labels',
  'regression_label',
];
const classes = ['class', 'classes', 'classification_labels', 'classification_label'];
const ids = [
  'id',
  'ids',
  'name',
  'names',
  'video_id',
  'video_ids',
  'segment',
  'segments',
  'segment_id',
  'utterance_ids',
];
const texts = ['raw_text', 'text', 'texts', 'sentence', 'sentences', 'transcript', 'transcripts', 'utterances'];

/** What an array is for, by its name and by what it holds. */
export function roleOf(base: string, isText: boolean): Role | undefined {
  if (ids.includes(base)) return { kind: 'ids' };
  if (isText) return texts.includes(base) ? { kind: 'texts' } : undefined;
  if (scores.includes(base)) return { kind: 'label', name: 'score' };
  if (classes.includes(base)) return { kind: 'label', name: 'class' };
  const label = /^(?:labels?_(.+)|(.+)_labels?)$/.exec(base);
  if (label) return { kind: 'label', name: startingWithLetter((label[1] ?? label[2]) as string, 'label') };
  const lengths = /^(?:(?:lengths?|len)_(.+)|(.+)_(?:lengths?|len))$/.exec(base);
  if (lengths) return { kind: 'lengths', name: streamName((lengths[1] ?? lengths[2]) as string) };
  return { kind: 'stream', name: streamName(base) };
}

/** Two names are taken, and a name begins with a letter. */
export function streamName(base: string): string {
  if (base === 'text' || base === 'samples') return `${base}_features`;
  return startingWithLetter(base, 'stream');
}

function startingWithLetter(name: string, prefix: string): string {
  return /^[a-z]/.test(name) ? name : `${prefix}_${name}`;
}
