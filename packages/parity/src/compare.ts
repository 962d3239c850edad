/** Comparison of two tensors by their largest absolute difference, and the table that it is printed in. */
import { type HostTensor, InterfuseError, type Shape } from '@interfuse/core';

export interface Comparison {
  /** What was compared: `hidden states after block 2`. */
  readonly quantity: string;
  /** The largest absolute difference; NaN if a difference is, or if nothing was compared. */
  readonly error: number;
  readonly tolerance: number;
}

/** Numbers of the other implementation. */
export interface Expected {
  readonly shape: Shape;
  readonly data: ArrayLike<number>;
}

/**
 * @param counts whether a row (an index over all axes but the last) is compared. Default: all are.
 * @throws SHAPE_MISMATCH if the shapes differ, axes of length 1 aside
 */
export function compareValues(
  quantity: string,
  actual: HostTensor,
  expected: Expected,
  tolerance: number,
  counts: (row: number) => boolean = () => true,
): Comparison {
  const [ours, theirs] = [actual.shape, expected.shape].map((shape) => shape.filter((extent) => extent !== 1).join());
  if (ours !== theirs) {
    throw new InterfuseError('SHAPE_MISMATCH', {
      place: quantity,
      expected: `[${expected.shape.join(', ')}]`,
      got: `[${actual.shape.join(', ')}]`,
      remedy: 'Compare quantities of the same model: the folder may mix two.',
    });
  }
  const width = expected.shape.at(-1) ?? 1;
  let error = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < actual.data.length; i += 1) {
    if (!counts(Math.floor(i / width))) continue;
    // Math.max keeps a NaN once it has one.
    error = Math.max(error, Math.abs((actual.data[i] as number) - (expected.data[i] as number)));
  }
  return { quantity, error: error < 0 ? Number.NaN : error, tolerance };
}

/** False for NaN as well. */
export function withinTolerance({ error, tolerance }: Comparison): boolean {
  return error <= tolerance;
}

/** One line for each quantity: its largest absolute error, its tolerance, and whether the one is within the other. */
export function comparisonTable(comparisons: readonly Comparison[]): string {
  const rows = [
    ['quantity', 'largest absolute error', 'tolerance', ''],
    ...comparisons.map((comparison) => [
      comparison.quantity,
      comparison.error.toExponential(2),
      comparison.tolerance.toExponential(0),
      withinTolerance(comparison) ? 'ok' : 'OUT OF TOLERANCE',
    ]),
  ] as [string, string, string, string][];
  const [first, second, third] = [0, 1, 2].map((column) =>
    Math.max(...rows.map((row) => (row[column] ?? '').length)),
  ) as [number, number, number];
  return rows
    .map(([quantity, error, tolerance, verdict]) =>
      `${quantity.padEnd(first)}  ${error.padStart(second)}  ${tolerance.padStart(third)}  ${verdict}`.trimEnd(),
    )
    .join('\n');
}
