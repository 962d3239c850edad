/** A stream of computational sequences as the steps of segments: read video by video, aligned or at its own rate. */
import type { RaggedRows } from '@interfuse/core';
import { invalidImport } from '../arrays/stored-array.js';
import { alignToWords, inOrderOfTime, type OrderedTrack, stepsWithin } from './align.js';
import type { PlacedSegment, Segment } from './segments.js';
import type { Sequences } from './sequences.js';

/** Features of a step, by the first video that has any. @throws IMPORT_INVALID if no video of the labels has */
export async function widthOf(sequences: Sequences, segments: readonly Segment[]): Promise<number> {
  const video = segments.find((segment) => sequences.has(segment.video))?.video;
  if (video === undefined) {
    throw invalidImport(sequences.path, 'videos of the labels', sequences.videos.slice(0, 3).join(', '));
  }
  return (await sequences.features(video)).width;
}

/** How many steps these segments have at most, before any of them is read. */
export async function mostSteps(
  sequences: Sequences,
  segments: readonly PlacedSegment[],
  isAligned: boolean,
): Promise<number> {
  if (isAligned) return segments.reduce((sum, { words }) => sum + words.length, 0);
  let sum = 0;
  for (const { video } of segments) if (sequences.has(video)) sum += (await sequences.intervals(video)).length / 2;
  return sum;
}

/** The segments of a split one after another; a video is read once for all that follow each other. */
export async function* samplesOf(
  sequences: Sequences,
  segments: readonly PlacedSegment[],
  width: number,
  isAligned: boolean,
  check: (values: Float32Array, place: string) => void,
): AsyncGenerator<RaggedRows> {
  let current: { video: string; track: OrderedTrack } | undefined;
  for (const segment of segments) {
    const { video } = segment;
    if (!sequences.has(video)) {
      check(new Float32Array(0), `${sequences.path}: ${segment.id}`);
      yield { values: new Float32Array(0), lengths: [0] };
      continue;
    }
    if (current?.video !== video) current = { video, track: await trackOf(sequences, video, width) };
    const values = isAligned ? alignToWords(current.track, segment.words) : stepsWithin(current.track, segment);
    check(values, `${sequences.path}: ${segment.id}`);
    yield { values, lengths: [values.length / width] };
  }
}

async function trackOf(sequences: Sequences, video: string, width: number): Promise<OrderedTrack> {
  const { width: found, values } = await sequences.features(video);
  const intervals = await sequences.intervals(video);
  const place = `${sequences.path}: ${video}`;
  if (found !== width) throw invalidImport(place, `${width} features, as in other videos`, `${found}`);
  if (intervals.length / 2 !== values.length / width) {
    throw invalidImport(place, `${values.length / width} intervals`, `${intervals.length / 2}`);
  }
  return inOrderOfTime({ width, values, intervals });
}
