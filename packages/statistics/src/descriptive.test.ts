/** By hand. */
import { expect, it } from 'vitest';
import { mean, median, standardDeviation } from './descriptive.js';

it('mean, deviation of a sample and median are what they are by hand', () => {
  expect(mean([1, 2, 6])).toBe(3);
  expect(standardDeviation([1, 2, 6])).toBeCloseTo(Math.sqrt(7), 12);
  expect(standardDeviation([5])).toBeNaN();
  expect(median([3, -1, 2])).toBe(2);
  expect(median([4, 1, 3, 2])).toBe(2.5);
});
