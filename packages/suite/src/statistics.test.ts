/** Statistics over seeds, against tables and hand computation. */
import { describe, expect, it } from 'vitest';
import { mean, median, pairedDifference, standardDeviation, studentQuantile } from './statistics.js';

it('the quantiles of Student’s t are those of the tables', () => {
  // Abramowitz and Stegun, Handbook of Mathematical Functions, table 26.10, column A = 0.95.
  const table: [number, number][] = [
    [1, 12.706],
    [2, 4.303],
    [3, 3.182],
    [4, 2.776],
    [9, 2.262],
    [30, 2.042],
    [120, 1.98],
  ];
  for (const [degrees, quantile] of table) expect(studentQuantile(0.975, degrees)).toBeCloseTo(quantile, 3);
});

it('mean, deviation of a sample and median are what they are by hand', () => {
  expect(mean([1, 2, 6])).toBe(3);
  expect(standardDeviation([1, 2, 6])).toBeCloseTo(Math.sqrt(7), 12);
  expect(standardDeviation([5])).toBeNaN();
  expect(median([3, -1, 2])).toBe(2);
  expect(median([4, 1, 3, 2])).toBe(2.5);
});

describe('a paired difference', () => {
  it('is told from noise where all pairs agree', () => {
    const { mean: centre, interval, distinguishable } = pairedDifference([1.5, 2.6, 3.4], [1, 2, 3]);
    expect(centre).toBeCloseTo(0.5, 12);
    // 0.5 ± 4.3027 * 0.1 / sqrt(3)
    expect(interval?.[0]).toBeCloseTo(0.2516, 4);
    expect(interval?.[1]).toBeCloseTo(0.7484, 4);
    expect(distinguishable).toBe(true);
  });

  it('is not told from noise where the pairs scatter, whatever the values themselves do', () => {
    expect(pairedDifference([1.5, 2.1, 2.9], [1, 2, 3]).distinguishable).toBe(false);
    expect(pairedDifference([10.5, 2.6, 33.4], [10, 2, 33]).distinguishable).toBe(true);
  });

  it('of a single pair says nothing', () => {
    const single = pairedDifference([2], [1]);
    expect(single).toMatchObject({ mean: 1, distinguishable: false });
    expect(single).not.toHaveProperty('interval');
  });
});
