/** The normal distribution: against tables, and against its inverse. */
import { expect, it } from 'vitest';
import { normalBelow, normalQuantile } from './normal.js';

it('the distribution is as in tables', () => {
  // Abramowitz and Stegun, Handbook of Mathematical Functions, table 26.1.
  expect(normalBelow(0)).toBe(0.5);
  expect(normalBelow(1)).toBeCloseTo(0.841344746068543, 13);
  expect(normalBelow(2)).toBeCloseTo(0.977249868051821, 13);
  expect(normalBelow(-3)).toBeCloseTo(0.00134989803163, 13);
  expect([normalBelow(-40), normalBelow(40)]).toEqual([0, 1]);
});

it('the quantile is its inverse, in the middle and in the tails', () => {
  for (let x = -5; x <= 5; x += 0.125) expect(normalQuantile(normalBelow(x))).toBeCloseTo(x, 6);
});
