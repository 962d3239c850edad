/** Labelled segments of videos, and the words that lie in each: the steps to which everything is aligned. */
import { invalidImport } from '../arrays/stored-array.js';
import type { Sequences } from './sequences.js';

export interface Segment {
  /** `video[index]`, as the SDK calls it. */
  readonly id: string;
  readonly video: string;
  readonly begin: number;
  readonly end: number;
  /** Scores: the first is the label. */
  readonly labels: readonly number[];
}

export interface Word {
  readonly text: string;
  readonly begin: number;
  readonly end: number;
}

/** A segment and the words that lie in it. */
export interface PlacedSegment extends Segment {
  readonly words: readonly Word[];
}

/** What the SDK writes where nobody speaks. */
const pause = 'sp';

/** The segments of a sequence of labels, in the order of their videos. @throws IMPORT_INVALID */
export async function readSegments(labels: Sequences): Promise<Segment[]> {
  const segments: Segment[] = [];
  for (const video of labels.videos) {
    const intervals = await labels.intervals(video);
    const { width, values } = await labels.features(video);
    const count = values.length / width;
    if (intervals.length !== 2 * count) {
      throw invalidImport(`${labels.path}: ${video}`, `${count} intervals`, `${intervals.length / 2}`);
    }
    for (let i = 0; i < count; i += 1) {
      segments.push({
        // A sequence that was aligned to its labels before has the name of the segment already.
        id: count === 1 && /\[\d+\]$/.test(video) ? video : `${video}[${i}]`,
        video,
        begin: intervals[2 * i] as number,
        end: intervals[2 * i + 1] as number,
        labels: Array.from(values.subarray(i * width, (i + 1) * width)),
      });
    }
  }
  if (segments.length === 0) throw invalidImport(labels.path, 'labelled segments', 'none');
  return segments;
}

/** The words of a video in their order, without pauses. */
export async function readWords(words: Sequences, video: string): Promise<Word[]> {
  if (!words.has(video)) return [];
  const intervals = await words.intervals(video);
  const texts = await words.words(video);
  if (intervals.length !== 2 * texts.length) {
    throw invalidImport(`${words.path}: ${video}`, `${texts.length} intervals`, `${intervals.length / 2}`);
  }
  return texts
    .map((text, i) => ({ text, begin: intervals[2 * i] as number, end: intervals[2 * i + 1] as number }))
    .filter(({ text }) => text !== pause && text !== '');
}

/** The words whose middle lies in the segment: no word is in two segments that follow each other. */
export function wordsWithin(words: readonly Word[], { begin, end }: Pick<Segment, 'begin' | 'end'>): Word[] {
  return words.filter((word) => {
    const middle = (word.begin + word.end) / 2;
    return middle >= begin && middle < end;
  });
}
