import type { HostTensor } from '@interfuse/core';
import { expect, it } from 'vitest';
import { compareValues, comparisonTable, withinTolerance } from './compare.js';

const floats = (shape: number[], ...values: number[]): HostTensor => ({
  shape,
  type: 'float32',
  data: Float32Array.from(values),
});

it('finds the largest absolute difference among the rows that count', () => {
  const ours = floats([2, 2], 1, 2, 3, 4);
  const theirs = { shape: [2, 2], data: [1, 2.25, 13, 4] };
  expect(compareValues('x', ours, theirs, 1e-5).error).toBe(10);
  expect(compareValues('x', ours, theirs, 1e-5, (row) => row === 0).error).toBe(0.25);
});

it('never takes NaN, or a comparison of nothing, for agreement', () => {
  const wrong = compareValues('x', floats([2], 0, Number.NaN), { shape: [2], data: [0, 0] }, 1e-5);
  const nothing = compareValues('x', floats([1, 1], 0), { shape: [1, 1], data: [0] }, 1e-5, () => false);
  expect([wrong, nothing].map(withinTolerance)).toEqual([false, false]);
});

it('refuses tensors of different shapes, axes of length one aside', () => {
  expect(compareValues('x', floats([], 1), { shape: [1], data: [1] }, 0).error).toBe(0);
  expect(() => compareValues('x', floats([2, 3], 0, 0, 0, 0, 0, 0), { shape: [3, 2], data: [] }, 0)).toThrow(
    /SHAPE_MISMATCH/,
  );
});

it('prints a table whose columns line up', () => {
  const table = comparisonTable([
    { quantity: 'loss', error: 2e-7, tolerance: 1e-5 },
    { quantity: 'gradient', error: 0.5, tolerance: 1e-5 },
  ]);
  expect(table.split('\n')).toEqual([
    'quantity  largest absolute error  tolerance',
    'loss                     2.00e-7       1e-5  ok',
    'gradient                 5.00e-1       1e-5  OUT OF TOLERANCE',
  ]);
});
