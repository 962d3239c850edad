/**
 * Learns the merges of a byte-level byte-pair encoding (Sennrich, Haddow and Birch 2016, arXiv 1508.07909): the pair of
 * neighbouring pieces that is most frequent becomes a piece of its own, again and again.
 */
import { InterfuseError } from '@interfuse/core';
import { bytesOf } from './bytes.js';

/** Ids of the two pieces that a merge joins; merge i makes the piece 256 + i, and the first 256 pieces are the bytes. */
export type Merge = readonly [left: number, right: number];

/** Pieces that a vocabulary has before any merge: the bytes. */
export const bytePieces = 256;

/** A pair that is met less often makes no piece. */
const leastFrequency = 2;

interface Word {
  pieces: number[];
  readonly count: number;
}

/**
 * Of pairs that are equally frequent the one of the earlier pieces comes first (the left decides, then the right), as in
 * Hugging Face's trainer: the merges follow from the counts alone.
 *
 * @param words how often each is in the text; merges do not cross their borders
 * @param count of merges; fewer, if no pair is left that is met twice
 * @throws CONFIG_WRONG_VALUE if `count` is no whole number from 0
 */
export function trainMerges(words: ReadonlyMap<string, number>, count: number): Merge[] {
  if (!Number.isSafeInteger(count) || count < 0) {
    throw new InterfuseError('CONFIG_WRONG_VALUE', {
      place: 'merges of a byte-pair encoding',
      expected: 'a whole number, at least 0',
      got: String(count),
    });
  }
  const list = [...words].map(([word, frequency]): Word => ({ pieces: bytesOf(word), count: frequency }));
  const pairs = new PairCounts(bytePieces + count);
  list.forEach((word, index) => {
    pairs.add(word, index, 1);
  });

  const merges: Merge[] = [];
  while (merges.length < count) {
    const pair = pairs.mostFrequent();
    if (pair === undefined) break;
    const made = bytePieces + merges.length;
    for (const index of pairs.wordsWith(pair)) {
      const word = list[index] as Word;
      pairs.add(word, index, -1);
      word.pieces = join(word.pieces, pair, made);
      pairs.add(word, index, 1);
    }
    merges.push(pair);
  }
  return merges;
}

/** The pieces with every occurrence of the pair, from left to right, replaced by one piece. */
export function join(pieces: readonly number[], [left, right]: Merge, made: number): number[] {
  const joined: number[] = [];
  for (let i = 0; i < pieces.length; i += 1) {
    const isPair = pieces[i] === left && pieces[i + 1] === right;
    joined.push(isPair ? made : (pieces[i] as number));
    if (isPair) i += 1;
  }
  return joined;
}

/** How often neighbours are met, and in which words they may be. */
class PairCounts {
  /** By left x vocabulary + right, which sorts as pairs do. */
  private readonly counts = new Map<number, number>();
  private readonly words = new Map<number, Set<number>>();

  constructor(private readonly vocabulary: number) {}

  /** @param sign 1 to count the pairs of a word, -1 to count them no longer */
  add({ pieces, count }: Word, index: number, sign: 1 | -1): void {
    for (let i = 0; i + 1 < pieces.length; i += 1) {
      const key = (pieces[i] as number) * this.vocabulary + (pieces[i + 1] as number);
      this.counts.set(key, (this.counts.get(key) ?? 0) + sign * count);
      if (sign < 0) continue;
      const words = this.words.get(key);
      if (words) words.add(index);
      else this.words.set(key, new Set([index]));
    }
  }

  mostFrequent(): Merge | undefined {
    let [best, most] = [-1, leastFrequency - 1];
    for (const [key, count] of this.counts) {
      if (count > most || (count === most && best >= 0 && key < best)) [best, most] = [key, count];
    }
    if (best < 0) return undefined;
    return [Math.floor(best / this.vocabulary), best % this.vocabulary];
  }

  /** Takes the pair out: once it is merged it is met no more. */
  wordsWith([left, right]: Merge): readonly number[] {
    const key = left * this.vocabulary + right;
    const words = [...(this.words.get(key) ?? [])];
    this.words.delete(key);
    return words;
  }
}
