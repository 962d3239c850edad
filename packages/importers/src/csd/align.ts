/** Features of a video become the steps of a segment: averaged over each word, or as they are. */
import type { Segment, Word } from './segments.js';

/** A track whose steps are in the order of time. */
export interface OrderedTrack extends Track {
  /** The earliest begin of this step and all behind it. */
  readonly earliest: Float64Array;
}

export interface Track {
  readonly width: number;
  /** [steps, width] */
  readonly values: Float64Array;
  /** Begin and end of each step, one after another. */
  readonly intervals: Float64Array;
}

/**
 * One step for each word: the mean of all steps that overlap it, which is how the SDK aligns with `averaging`. A word
 * that nothing overlaps gets zeros; nothing at all, if no word is overlapped.
 */
export function alignToWords(
  { width, values, intervals, earliest }: OrderedTrack,
  words: readonly Word[],
): Float32Array {
  const aligned = new Float32Array(words.length * width);
  let overlapped = 0;
  words.forEach(({ begin, end }, position) => {
    const sums = new Float64Array(width);
    let count = 0;
    for (let step = firstEndingAfter(intervals, begin); step < intervals.length / 2; step += 1) {
      if ((earliest[step] as number) >= end) break;
      if ((intervals[2 * step] as number) >= end) continue;
      for (let i = 0; i < width; i += 1) sums[i] = (sums[i] as number) + (values[step * width + i] as number);
      count += 1;
    }
    if (count === 0) return;
    overlapped += 1;
    for (let i = 0; i < width; i += 1) aligned[position * width + i] = (sums[i] as number) / count;
  });
  return overlapped === 0 ? new Float32Array(0) : aligned;
}

/** The steps whose middle lies in the segment, at their own rate. */
export function stepsWithin(
  { width, values, intervals }: Track,
  { begin, end }: Pick<Segment, 'begin' | 'end'>,
): Float32Array {
  const kept: number[] = [];
  for (let step = 0; step < intervals.length / 2; step += 1) {
    const middle = ((intervals[2 * step] as number) + (intervals[2 * step + 1] as number)) / 2;
    if (middle >= begin && middle < end) kept.push(step);
  }
  const rows = new Float32Array(kept.length * width);
  kept.forEach((step, row) => {
    rows.set(values.subarray(step * width, (step + 1) * width), row * width);
  });
  return rows;
}

/** Steps follow each other in time: by halves, the first that ends after a moment. */
function firstEndingAfter(intervals: Float64Array, moment: number): number {
  let [low, high] = [0, intervals.length / 2];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((intervals[2 * middle + 1] as number) > moment) high = middle;
    else low = middle + 1;
  }
  return low;
}

/** Steps by the time at which they end. */
export function inOrderOfTime({ width, values, intervals }: Track): OrderedTrack {
  const count = intervals.length / 2;
  const order = [...Array(count).keys()].sort(
    (a, b) => (intervals[2 * a + 1] as number) - (intervals[2 * b + 1] as number) || a - b,
  );
  const track = { width, values: new Float64Array(values.length), intervals: new Float64Array(intervals.length) };
  order.forEach((step, i) => {
    track.values.set(values.subarray(step * width, (step + 1) * width), i * width);
    track.intervals.set(intervals.subarray(2 * step, 2 * step + 2), 2 * i);
  });
  const earliest = new Float64Array(count);
  for (let step = count - 1, least = Number.POSITIVE_INFINITY; step >= 0; step -= 1) {
    least = Math.min(least, track.intervals[2 * step] as number);
    earliest[step] = least;
  }
  return { ...track, earliest };
}
