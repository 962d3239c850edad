/** What a dataset knows about when its words are spoken, and which words a text has. */
import type { DatasetSpec, Sample, WordTimes } from './contracts/dataset.js';

/** A word of a text: its characters from `from` up to `to`, white space not counted. */
export interface PlacedWord {
  readonly from: number;
  readonly to: number;
}

/**
 * The least that is known of any stream: `measured` where the steps are words, or words have times and steps a rate;
 * `segments` where only the parts of a sample have times; else `none`.
 */
export function wordTimesOf({ streams, wordTimes }: Pick<DatasetSpec, 'streams' | 'wordTimes'>): WordTimes {
  const known = Object.values(streams).map(({ pace }): WordTimes => {
    if (pace === 'word') return 'measured';
    return pace === undefined ? 'none' : (wordTimes ?? 'none');
  });
  const order: readonly WordTimes[] = ['none', 'segments', 'measured'];
  return order.find((times) => known.includes(times)) ?? 'measured';
}

/** What the samples know by themselves; nothing where one that has a text does not. */
export function wordTimesOfSamples(samples: readonly Sample[]): Exclude<WordTimes, 'none'> | undefined {
  const spoken = samples.filter(({ text }) => text !== undefined);
  if (spoken.length === 0) return undefined;
  if (spoken.every(({ words }) => words !== undefined)) return 'measured';
  const timed = spoken.every(({ text = '', words, segments }) => {
    if (words !== undefined) return true;
    const parts = segments?.map((segment) => segment.text ?? '').join('');
    return parts !== undefined && withoutBlanks(parts) === withoutBlanks(text);
  });
  return timed ? 'segments' : undefined;
}

/** Whatever stands between white space; in a script that writes none (Han), every character. */
export function wordsOf(text: string): PlacedWord[] {
  let from = 0;
  return (text.match(/\p{Script=Han}|[^\s\p{Script=Han}]+/gu) ?? []).map((word) => {
    const placed = { from, to: from + word.length };
    from = placed.to;
    return placed;
  });
}

/** Where these words stand in the text, in their order; the first that does not, if one does not. */
export function placeWords(text: string, words: readonly { readonly text: string }[]): PlacedWord[] | { lost: number } {
  const letters = withoutBlanks(text);
  const placed: PlacedWord[] = [];
  for (const [index, { text: word }] of words.entries()) {
    const sought = withoutBlanks(word);
    const from = letters.indexOf(sought, placed.at(-1)?.to ?? 0);
    if (from < 0) return { lost: index };
    placed.push({ from, to: from + sought.length });
  }
  return placed;
}

export const withoutBlanks = (text: string): string => text.replace(/\s+/gu, '');
