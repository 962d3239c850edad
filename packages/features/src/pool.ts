/** From a hundred rows a second to a few: what the rows of each span of time have in common. */
import type { Descriptors } from './descriptors.js';

export interface PooledColumn {
  readonly name: string;
  readonly of: string;
  /**
   * `mean`; `voiced-mean`, over voiced rows, or all if none is; `spread`, the standard deviation over voiced rows, 0 for
   * fewer than two; `change`, the mean absolute difference from row to row.
   */
  readonly by: 'mean' | 'voiced-mean' | 'spread' | 'change';
}

/** [steps, columns]: one step for each span of `1 / perSecond` seconds, the last perhaps shorter. */
export function pool(descriptors: Descriptors, wanted: readonly PooledColumn[], perSecond: number): Float32Array {
  const { hop, rows, columns } = descriptors;
  const stepOf = (row: number) => Math.floor((row + 0.5) * hop * perSecond + 1e-9);
  const steps = stepOf(rows - 1) + 1;
  const values = new Float32Array(steps * wanted.length);
  const voicing = columns.voicing as Float64Array;
  for (let step = 0, first = 0; step < steps; step += 1) {
    let last = first;
    while (last + 1 < rows && stepOf(last + 1) === step) last += 1;
    const span = { first, last };
    wanted.forEach(({ of, by }, i) => {
      values[step * wanted.length + i] = poolings[by](columns[of] as Float64Array, voicing, span);
    });
    first = last + 1;
  }
  return values;
}

interface Span {
  readonly first: number;
  /** Inclusive. */
  readonly last: number;
}

const poolings: {
  readonly [B in PooledColumn['by']]: (values: Float64Array, voicing: Float64Array, span: Span) => number;
} = {
  mean: (values, _, { first, last }) => mean([...values.subarray(first, last + 1)]),
  'voiced-mean': (values, voicing, span) => {
    const voiced = voicedIn(values, voicing, span);
    return mean(voiced.length > 0 ? voiced : [...values.subarray(span.first, span.last + 1)]);
  },
  spread: (values, voicing, span) => {
    const voiced = voicedIn(values, voicing, span);
    const centre = mean(voiced);
    return voiced.length < 2 ? 0 : Math.sqrt(mean(voiced.map((value) => (value - centre) ** 2)));
  },
  change: (values, _, { first, last }) => {
    const from = Math.max(1, first);
    const steps = Array.from({ length: Math.max(0, last - from + 1) }, (_, i) =>
      Math.abs((values[from + i] as number) - (values[from + i - 1] as number)),
    );
    return steps.length === 0 ? 0 : mean(steps);
  },
};

function voicedIn(values: Float64Array, voicing: Float64Array, { first, last }: Span): number[] {
  return [...values.subarray(first, last + 1)].filter((_, i) => voicing[first + i] === 1);
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
