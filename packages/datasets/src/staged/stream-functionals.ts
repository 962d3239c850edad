/** One row of numbers for a whole utterance, from a stream as it is stored: what the probes are given. */
import type { RaggedRows } from '@interfuse/core';

/** For every column mean, deviation, three percentiles, mean absolute change and how the second half differs from the first; and the number of steps. */
export function streamFunctionals({ values, lengths }: RaggedRows, derived: readonly Derived[] = []): Float64Array[] {
  const width = values.length / lengths.reduce((sum, length) => sum + length, 0);
  let first = 0;
  return lengths.map((length) => {
    const at = first;
    first += length;
    const step = (t: number) => values.subarray((at + t) * width, (at + t + 1) * width);
    const columns = [
      ...Array.from({ length: width }, (_, column) =>
        Float64Array.from({ length }, (_, t) => step(t)[column] as number),
      ),
      ...derived.map((derive) => Float64Array.from({ length }, (_, t) => derive(step(t)))),
    ];
    return Float64Array.from([...columns.flatMap(describe), length]);
  });
}

/** A further column, from the others at the same step. */
export type Derived = (step: Float32Array) => number;

function describe(course: Float64Array): number[] {
  const count = course.length;
  const mean = course.reduce((sum, value) => sum + value, 0) / count;
  const squares = course.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  const sorted = Float64Array.from(course).sort();
  const percentile = (share: number) => sorted[Math.round(share * (count - 1))] as number;
  const half = course.length / 2;
  let [change, turn] = [0, 0];
  course.forEach((value, t) => {
    turn += t + 0.5 < half ? -value : t + 0.5 > half ? value : 0;
  });
  for (let t = 1; t < count; t += 1) change += Math.abs((course[t] as number) - (course[t - 1] as number));
  return [
    mean,
    Math.sqrt(squares / count),
    percentile(0.1),
    percentile(0.5),
    percentile(0.9),
    change / Math.max(1, count - 1),
    turn / half,
  ];
}
