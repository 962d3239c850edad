import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { centralMomentDiscrepancy, softOrthogonality } from './distances.js';

beforeAll(() => tf.setBackend('cpu'));

const all = (rows: number): tf.Tensor => tf.ones([rows, 1]);
const scalar = (tensor: tf.Tensor): number => tensor.dataSync()[0] as number;
const rows = [
  [0.1, 0.9],
  [0.4, 0.3],
  [0.8, 0.2],
  [0.6, 0.5],
];

describe('central moment discrepancy', () => {
  it('of the same rows in another order is zero, and its gradient is finite there', () => {
    const x = tf.tensor2d(rows);
    const y = tf.tensor2d([...rows].reverse());
    expect(scalar(centralMomentDiscrepancy([x, all(4)], [y, all(4)]))).toBeCloseTo(0, 6);
    const slope = tf.grad((given: tf.Tensor) => centralMomentDiscrepancy([given, all(4)], [x, all(4)]))(x);
    for (const value of slope.dataSync()) expect(Number.isFinite(value)).toBe(true);
  });

  it('is the distance of the means where that is all that differs', () => {
    const moved = rows.map(([a, b]) => [(a as number) + 0.03, (b as number) + 0.04]);
    const distance = centralMomentDiscrepancy([tf.tensor2d(rows), all(4)], [tf.tensor2d(moved), all(4)]);
    expect(scalar(distance)).toBeCloseTo(0.05, 5);
  });

  it('adds the distances of the central moments of order 2 to 5', () => {
    // Mean 0.5 both; deviations ±0.5 and ±0.1: even moments 0.5^k and 0.1^k, odd ones zero.
    const distance = centralMomentDiscrepancy([tf.tensor2d([[0], [1]]), all(2)], [tf.tensor2d([[0.4], [0.6]]), all(2)]);
    expect(scalar(distance)).toBeCloseTo(0.5 ** 2 - 0.1 ** 2 + 0.5 ** 4 - 0.1 ** 4, 5);
  });

  it('leaves out rows that do not count, and is zero where one side has none', () => {
    const [x, y] = [tf.tensor2d(rows), tf.tensor2d([...rows.slice(0, 3), [77, -5]])];
    const three = tf.tensor2d([[1], [1], [1], [0]]);
    expect(scalar(centralMomentDiscrepancy([x, three], [y, three]))).toBeCloseTo(0, 6);
    expect(scalar(centralMomentDiscrepancy([x, all(4)], [y, tf.zeros([4, 1])]))).toBe(0);
  });
});

describe('soft orthogonality', () => {
  const column = (...values: number[]): tf.Tensor => tf.tensor2d(values, [values.length, 1]);

  it('is zero for features that are orthogonal over the batch, and not for the same ones', () => {
    const [x, y] = [column(1, 0, 1, 0), column(1, 1, 0, 0)];
    expect(scalar(softOrthogonality(x, y, all(4)))).toBeCloseTo(0, 6);
    // Rows of length 1 in one feature: four products of 1, squared.
    expect(scalar(softOrthogonality(x, x, all(4)))).toBeCloseTo(16, 4);
  });

  it('leaves out rows that do not count', () => {
    const [x, y] = [column(1, 0, 1, 0, 50), column(1, 1, 0, 0, 50)];
    const four = tf.tensor2d([[1], [1], [1], [1], [0]]);
    expect(scalar(softOrthogonality(x, y, four))).toBeCloseTo(0, 6);
  });

  it('has a finite gradient where all rows are the same', () => {
    const same = tf.fill([3, 2], 0.4);
    const slope = tf.grad((given: tf.Tensor) => softOrthogonality(given, given, all(3)))(same);
    for (const value of slope.dataSync()) expect(Number.isFinite(value)).toBe(true);
  });
});
