/** Probabilities and quantiles against printed tables. */
import { describe, expect, it } from 'vitest';
import {
  normalProbability,
  normalQuantile,
  studentProbability,
  studentQuantile,
  studentTwoSided,
} from './distributions.js';

describe('the normal distribution', () => {
  // Abramowitz and Stegun, Handbook of Mathematical Functions, table 26.1.
  it.each([
    [0, 0.5],
    [0.5, 0.691462461274013],
    [1, 0.841344746068543],
    [1.96, 0.975002104851779],
    [3, 0.99865010196837],
  ])('stays below %f with the probability of the table', (z, probability) => {
    expect(normalProbability(z)).toBeCloseTo(probability, 13);
    expect(normalProbability(-z)).toBeCloseTo(1 - probability, 13);
    expect(normalQuantile(probability)).toBeCloseTo(z, 11);
  });

  it('has tails that are right to many digits', () => {
    // 1 - P(5) and 1 - P(8): the same book, table 26.2, as -log10: 6.54265 and 15.20614.
    expect(-Math.log10(normalProbability(-5))).toBeCloseTo(6.54265, 5);
    expect(-Math.log10(normalProbability(-8))).toBeCloseTo(15.20614, 5);
  });
});

describe("Student's t", () => {
  // The same book, table 26.10: quantiles by probability and degrees of freedom.
  it.each([
    [0.975, 1, 12.706],
    [0.975, 2, 4.303],
    [0.975, 4, 2.776],
    [0.975, 10, 2.228],
    [0.95, 7, 1.895],
    [0.995, 3, 5.841],
    [0.9, 30, 1.31],
    [0.975, 120, 1.98],
  ])('has the quantile of the table at %f with %i degrees of freedom', (probability, degrees, t) => {
    expect(studentQuantile(probability, degrees)).toBeCloseTo(t, 3);
    expect(studentQuantile(1 - probability, degrees)).toBeCloseTo(-t, 3);
  });

  it('with one degree of freedom is the Cauchy distribution', () => {
    for (const t of [-3, -0.4, 0, 1, 20]) {
      expect(studentProbability(t, 1)).toBeCloseTo(0.5 + Math.atan(t) / Math.PI, 13);
    }
  });

  it('with two degrees of freedom has a closed form, and takes fractions between', () => {
    const closed = (t: number) => 0.5 + t / (2 * Math.sqrt(2 + t * t));
    expect(studentProbability(1.7, 2)).toBeCloseTo(closed(1.7), 13);
    expect(studentProbability(1.7, 2.5)).toBeGreaterThan(studentProbability(1.7, 2));
    expect(studentProbability(1.7, 2.5)).toBeLessThan(studentProbability(1.7, 3));
  });

  it('approaches the normal distribution', () => {
    expect(studentProbability(1.3, 1e7)).toBeCloseTo(normalProbability(1.3), 6);
  });

  it('counts both tails', () => {
    expect(studentTwoSided(2.776445, 4)).toBeCloseTo(0.05, 6);
    expect(studentTwoSided(-2.776445, 4)).toBeCloseTo(0.05, 6);
  });
});
