/** What is promised about sizes is found in simulations. */
import { describe, expect, it } from 'vitest';
import { comparePairs } from './compare-pairs.js';
import { Draws } from './draws.js';
import { detectableDifference, neededSize, type PairNoise } from './power.js';
import { simulateErrors } from './simulated-errors.test-support.js';

const noise: PairNoise = { seedVariance: 0.05 ** 2, pooledStrategies: 3, groupVariance: 0.4 ** 2 };

describe('the smallest detectable difference', () => {
  it('is detected four times in five', () => {
    const difference = detectableDifference(noise, { seeds: 4, groups: 80 }, { pairs: 3 });
    const draws = new Draws(21);
    let found = 0;
    for (let round = 0; round < 1000; round += 1) {
      const errors = simulateErrors(
        {
          means: [1, 1 + difference, 1 + difference],
          seedDeviations: [0.05, 0.05, 0.05],
          seeds: 4,
          groupSizes: new Array<number>(80).fill(1),
          group: 0.3,
          strategyByGroup: 0.4 / Math.SQRT2,
          strategyByItem: 0,
          rest: 0,
        },
        draws,
      );
      found += Number(comparePairs(errors)[0]?.verdict === 'different');
    }
    expect(found / 1000).toBeGreaterThan(0.75);
    expect(found / 1000).toBeLessThan(0.9);
  });

  it('falls with seeds and with groups, but not below what the other leaves', () => {
    const at = (seeds: number, groups: number) => detectableDifference(noise, { seeds, groups }, { pairs: 3 });
    expect(at(6, 80)).toBeLessThan(at(3, 80));
    expect(at(3, 160)).toBeLessThan(at(3, 80));
    // Two tails of a normal variable at 0.05 / 3, and its 80 % point: 2.394 + 0.8416.
    expect(at(1e6, 80)).toBeCloseTo((2.394 + 0.8416) * Math.sqrt(noise.groupVariance / 80), 2);
  });

  it('cannot be known from one seed', () => {
    expect(detectableDifference(noise, { seeds: 1, groups: 80 }, { pairs: 1 })).toBeNaN();
  });
});

describe('the size that a difference needs', () => {
  const now = { seeds: 3, groups: 80 };

  it('is the smallest that detects it', () => {
    const needed = neededSize(noise, 0.2, now, { pairs: 3 });
    const finds = (seeds: number, groups: number) =>
      detectableDifference(noise, { seeds, groups }, { pairs: 3 }) <= 0.2;
    expect(needed.seeds).toBeGreaterThan(3);
    expect(finds(needed.seeds, 80)).toBe(true);
    expect(finds(needed.seeds - 1, 80)).toBe(false);
    expect(finds(3, needed.groups)).toBe(true);
    expect(finds(3, needed.groups - 1)).toBe(false);
    expect(finds(needed.both.seeds, needed.both.groups)).toBe(true);
  });

  it('is infinite where the other kind of noise alone hides it', () => {
    const needed = neededSize(noise, 0.03, now, { pairs: 3 });
    expect(needed.seeds).toBe(Number.POSITIVE_INFINITY);
    expect(needed.groups).toBe(Number.POSITIVE_INFINITY);
    expect(needed.both.seeds).toBeGreaterThan(3);
    expect(needed.both.groups).toBeGreaterThan(80);
  });
});
