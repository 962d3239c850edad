/** What each transform does to the sequences of some samples: pure functions of packed rows. */
import type { RaggedRows } from '../contracts/dataset.js';
import type { FeatureStatistics, Statistics, StreamTransform } from '../contracts/transforms.js';

/** Where the statistics of the transform at this position of a stream's list are found. */
export const statisticsName = (stream: string, position: number): string => `${stream}/${position}`;

/**
 * Applies the transforms of a stream one after another.
 *
 * @param statistics of every standardisation in the list
 */
export function applyTransforms(
  rows: RaggedRows,
  { name, width }: { readonly name: string; readonly width: number },
  transforms: readonly StreamTransform[],
  statistics: Statistics,
): RaggedRows {
  return transforms.reduce((current, transform, position) => {
    if ('clip' in transform) return clip(current, transform.clip);
    if ('pool' in transform) return resample(current, width, transform.pool, spanOf);
    if ('align' in transform) return resample(current, width, transform.align, strideOf);
    return standardise(current, width, statistics[statisticsName(name, position)] as FeatureStatistics);
  }, rows);
}

/** The longest sequence that is left of one of this length. */
export function longestAfter(transforms: readonly StreamTransform[], length: number): number {
  return transforms.reduce((longest, transform) => {
    if ('pool' in transform) return Math.min(longest, transform.pool);
    return 'align' in transform ? Math.min(longest, transform.align) : longest;
  }, length);
}

function clip({ values, lengths }: RaggedRows, [low, high]: readonly [number, number]): RaggedRows {
  return { values: values.map((value) => Math.min(Math.max(value, low), high)), lengths };
}

function standardise({ values, lengths }: RaggedRows, width: number, { mean, deviation }: FeatureStatistics) {
  const standardised = new Float32Array(values.length);
  for (let row = 0; row < values.length; row += width) {
    for (let feature = 0; feature < width; feature += 1) {
      const centred = (values[row + feature] as number) - (mean[feature] as number);
      standardised[row + feature] = centred / (deviation[feature] as number);
    }
  }
  return { values: standardised, lengths };
}

/** Which of `steps` steps frame `index` of `length` belongs to. */
type Assignment = (index: number, length: number, steps: number) => number;

/** Equal spans, as the encoders resample. */
const spanOf: Assignment = (index, length, steps) => Math.floor((index * steps) / length);

const strideOf: Assignment = (index, _length, steps) => index % steps;

/**
 * Sequences of more than `steps` frames become that long, each step the mean of the frames that are assigned to it;
 * shorter ones stay. With strides the last frame counts for those that are lacking to a multiple of `steps`.
 */
function resample(rows: RaggedRows, width: number, steps: number, assign: Assignment): RaggedRows {
  const lengths = rows.lengths.map((length) => Math.min(length, steps));
  const values = new Float32Array(lengths.reduce((sum, length) => sum + length, 0) * width);
  let [from, to] = [0, 0];
  for (const length of rows.lengths) {
    const taken = rows.values.subarray(from, from + length * width);
    const shortened = length <= steps ? taken : means(taken, width, steps, assign);
    values.set(shortened, to);
    from += taken.length;
    to += shortened.length;
  }
  return { values, lengths };
}

function means(frames: Float32Array, width: number, steps: number, assign: Assignment): Float64Array {
  const length = frames.length / width;
  const sums = new Float64Array(steps * width);
  const counts = new Float64Array(steps);
  const lengthened = assign === strideOf ? Math.ceil(length / steps) * steps : length;
  for (let index = 0; index < lengthened; index += 1) {
    const step = assign(index, length, steps);
    const frame = Math.min(index, length - 1) * width;
    counts[step] = (counts[step] as number) + 1;
    for (let feature = 0; feature < width; feature += 1) {
      const at = step * width + feature;
      sums[at] = (sums[at] as number) + (frames[frame + feature] as number);
    }
  }
  return sums.map((sum, at) => sum / (counts[Math.floor(at / width)] as number));
}
