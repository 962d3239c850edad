import { describe, expect, it } from 'vitest';
import { randomNumbers } from '../sentences/random-numbers.js';
import { fitLogistic, fitRidge } from './linear-models.js';
import { normalBelow } from './normal.js';
import { balancedAccuracy, correlation, explained, mean, meanAbsoluteError, median } from './scores.js';

const random = randomNumbers('measures');
const rows = Array.from({ length: 2000 }, () =>
  Float64Array.of(random.normal(), 3 + 2 * random.normal(), random.normal()),
);

describe('ridge regression', () => {
  it('finds the plane that made the targets', () => {
    const targets = rows.map(([a = 0, b = 0]) => 2 * a - 0.5 * b + 1);
    const model = fitRidge(rows, targets, 1e-6);
    expect(model.predict([Float64Array.of(1, 4, 7)])[0]).toBeCloseTo(1, 5);
    expect(explained(model.predict(rows), targets)).toBeCloseTo(1, 8);
  });

  it('predicts the mean if the penalty outweighs everything', () => {
    const targets = rows.map(([a = 0]) => a + 5);
    expect(fitRidge(rows, targets, 1e12).predict([Float64Array.of(9, 9, 9)])[0]).toBeCloseTo(mean(targets), 3);
  });
});

describe('logistic regression', () => {
  it('recovers the log odds that made the classes, for balanced classes', () => {
    const odds = rows.map(([a = 0]) => 2 * a);
    const classes = odds.map((x) => random.uniform() < 1 / (1 + Math.exp(-x)));
    const model = fitLogistic(rows, classes, 1e-3);
    const [low, high] = model.predict([Float64Array.of(0, 3, 0), Float64Array.of(1, 3, 0)]) as unknown as [
      number,
      number,
    ];
    expect(Math.abs(low)).toBeLessThan(0.2);
    expect(Math.abs(high - low - 2)).toBeLessThan(0.3);
  });

  it('finds the rare class as often as the other', () => {
    const classes = rows.map(([a = 0]) => a + 0.5 * random.normal() > 1.2);
    const found = fitLogistic(rows, classes).predict(rows);
    expect(balancedAccuracy(found, classes)).toBeGreaterThan(0.85);
  });
});

describe('scores', () => {
  it('are what they are called', () => {
    expect(mean([1, 2, 6])).toBe(3);
    expect([median([3, 1, 2]), median([4, 1, 2, 3])]).toEqual([2, 2.5]);
    expect(meanAbsoluteError([1, 2], [2, 4])).toBe(1.5);
    expect(correlation([1, 2, 3], [-2, -4, -6])).toBeCloseTo(-1, 12);
    // The mean explains nothing.
    expect(explained([2, 2, 2], [1, 2, 3])).toBe(0);
    // All of two and one of two: (1 + 1/2) / 2.
    expect(balancedAccuracy([1, 1, 1, -1], [true, true, false, false])).toBe(0.75);
  });

  it('know the normal distribution: 0.975 lie below 1.959964', () => {
    expect(normalBelow(1.959964)).toBeCloseTo(0.975, 6);
    expect(normalBelow(-1.959964)).toBeCloseTo(0.025, 6);
  });
});
