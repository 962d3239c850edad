/** The mean of an inspected tensor over heads and samples, in which masked positions count for nothing. */
import type { HostTensor } from '@interfuse/core';
import type { AttentionMap, Grid } from './introspection.js';

/** Axes whose positions may be padding. */
const padded: readonly string[] = ['step', 'word'];

/** One sample of an inspected tensor, without its heads. */
export interface SampleMap {
  readonly grid: readonly Float64Array[];
  readonly realRows: readonly boolean[];
  readonly realColumns: readonly boolean[];
}

/** Rows and columns of an inspected tensor; nothing if it is not one row or one grid for each sample. */
export function gridAxes(axes: readonly string[]): readonly [string, string] | undefined {
  const [first, ...others] = axes;
  const kept = others.filter((axis) => axis !== 'head');
  if (first !== 'sample' || kept.length === 0 || kept.length > 2) return undefined;
  return [kept.length === 1 ? '' : (kept[0] as string), kept.at(-1) as string];
}

/**
 * @param tensor [B, ...], its axes as `gridAxes` takes them
 * @param words which words of the sample are real; absent where a batch holds no text
 */
export function sampleMap(
  tensor: HostTensor,
  axes: readonly string[],
  sample: number,
  words: readonly boolean[] | undefined,
): SampleMap {
  const [rowAxis, columnAxis] = gridAxes(axes) as readonly [string, string];
  const sizes = tensor.shape.slice(1);
  const names = axes.slice(1);
  const sizeOf = (axis: string): number => sizes[names.indexOf(axis)] ?? 1;
  const [rows, heads] = [sizeOf(rowAxis), sizeOf('head')];
  const columns = sizes.at(names.lastIndexOf(columnAxis)) as number;
  const strides = sizes.map((_, i) => sizes.slice(i + 1).reduce((product, size) => product * size, 1));
  const stride = (axis: string): number => strides[names.indexOf(axis)] ?? 0;
  const start = sample * rows * heads * columns;

  const grid = Array.from({ length: rows }, () => new Float64Array(columns));
  for (let row = 0; row < rows; row += 1) {
    for (let head = 0; head < heads; head += 1) {
      const first = start + row * stride(rowAxis) + head * stride('head');
      for (let column = 0; column < columns; column += 1) {
        const value = tensor.data[first + column * (strides[names.lastIndexOf(columnAxis)] as number)] as number;
        (grid[row] as Float64Array)[column] = ((grid[row] as Float64Array)[column] as number) + value / heads;
      }
    }
  }
  const real = (axis: string, size: number, isRead: (position: number) => boolean): boolean[] =>
    Array.from({ length: size }, (_, i) => {
      if (!padded.includes(axis)) return true;
      // Lengths of steps are the encoders' own affair. What is masked is read with a probability of exactly 0.
      return axis === 'word' && words?.length === size ? words[i] === true : isRead(i);
    });
  return {
    grid,
    realRows: real(rowAxis, rows, (row) => (grid[row] as Float64Array).some((value) => value !== 0)),
    realColumns: real(columnAxis, columns, (column) => grid.some((values) => values[column] !== 0)),
  };
}

/** The grid of one sample: null under a mask, and without the padding at its end. */
export function maskedGrid({ grid, realRows, realColumns }: SampleMap): Grid {
  const [rows, columns] = [realRows.lastIndexOf(true) + 1, realColumns.lastIndexOf(true) + 1];
  return grid
    .slice(0, rows)
    .map((values, row) =>
      Array.from(values.subarray(0, columns), (value, column) =>
        realRows[row] && realColumns[column] ? rounded(value) : null,
      ),
    );
}

/** Sums what it is given; lengths may differ from batch to batch. */
export class AttentionMean {
  private readonly sums: number[][] = [];
  private readonly counts: number[][] = [];
  private readonly samples: number[] = [];
  private readonly spread = { rows: 0, effective: 0, available: 0, share: 0 };

  constructor(
    private readonly name: string,
    private readonly axes: readonly [string, string],
  ) {}

  add({ grid, realRows, realColumns }: SampleMap): void {
    const columns = [...realColumns.keys()].filter((column) => realColumns[column]);
    const rows = [...realRows.keys()].filter((row) => realRows[row]);
    if (rows.length === 0 || columns.length === 0) return;
    for (const column of columns) this.samples[column] = (this.samples[column] ?? 0) + 1;
    for (const row of rows) {
      this.sums[row] ??= [];
      this.counts[row] ??= [];
      const [sums, counts] = [this.sums[row] as number[], this.counts[row] as number[]];
      const values = columns.map((column) => (grid[row] as Float64Array)[column] as number);
      columns.forEach((column, i) => {
        sums[column] = (sums[column] ?? 0) + (values[i] as number);
        counts[column] = (counts[column] ?? 0) + 1;
      });
      this.addSpread(values);
    }
  }

  /** @param values of one row, not masked, none below 0 */
  private addSpread(values: readonly number[]): void {
    const share = values.reduce((sum, value) => sum + value, 0);
    if (share <= 0) return;
    const entropy = values.reduce(
      (sum, value) => (value > 0 ? sum - (value / share) * Math.log(value / share) : sum),
      0,
    );
    this.spread.rows += 1;
    this.spread.effective += Math.exp(entropy);
    this.spread.available += values.length;
    this.spread.share += share;
  }

  result(): AttentionMap {
    const columns = this.samples.length;
    const { rows, ...sums } = this.spread;
    const hasSpread = padded.includes(this.axes[1]) && rows > 0;
    return {
      name: this.name,
      axes: this.axes,
      mean: Array.from(this.sums, (row, r) =>
        Array.from({ length: columns }, (_, column) => {
          const count = this.counts[r]?.[column] ?? 0;
          return count === 0 ? null : rounded((row?.[column] as number) / count);
        }),
      ),
      samples: Array.from(this.samples, (count) => count ?? 0),
      ...(hasSpread
        ? {
            spread: {
              effective: rounded(sums.effective / rows),
              available: rounded(sums.available / rows),
              share: rounded(sums.share / rows),
            },
          }
        : {}),
    };
  }
}

/** Six digits: more is noise. */
export function rounded(value: number): number {
  return Number(value.toPrecision(6));
}
