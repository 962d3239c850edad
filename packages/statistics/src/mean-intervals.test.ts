/** Intervals of single strategies, by hand and over simulations. */
import { describe, expect, it } from 'vitest';
import { studentQuantile } from './distributions.js';
import { Draws } from './draws.js';
import { meanIntervals } from './mean-intervals.js';
import { type SimulatedComponents, simulateErrors } from './simulated-errors.test-support.js';

describe('the interval of a mean', () => {
  it('is that of the formula, for a strategy alone', () => {
    // Means over items 1, 3 and 2: variance 1 between seeds. Means over seeds 1 and 3: 2 / 1 * (0.25 + 0.25) = 1.
    const errors = [
      [0, 2],
      [2, 4],
      [1, 3],
    ];
    const [interval] = meanIntervals({ groups: [0, 1], strategies: [{ name: 'a', errors }] });
    const total = 1 / 3 + 1;
    const degrees = total ** 2 / ((1 / 3) ** 2 / 2 + 1 ** 2 / 1);
    const half = studentQuantile(0.975, degrees) * Math.sqrt(total);
    expect(interval?.[0]).toBeCloseTo(2 - half, 12);
    expect(interval?.[1]).toBeCloseTo(2 + half, 12);
  });

  it('holds the true mean about nineteen times in twenty', () => {
    const components: SimulatedComponents = {
      means: [1, 1.2, 1.4],
      seedDeviations: [0.02, 0.05, 0.03],
      seeds: 3,
      groupSizes: new Array<number>(60).fill(3),
      group: 0.2,
      strategyByGroup: 0.1,
      strategyByItem: 0.2,
      rest: 0.2,
    };
    const draws = new Draws(17);
    let covered = 0;
    for (let round = 0; round < 500; round += 1) {
      meanIntervals(simulateErrors(components, draws)).forEach(([low, high], strategy) => {
        const truth = components.means[strategy] as number;
        covered += Number(low <= truth && truth <= high);
      });
    }
    expect(covered / 1500).toBeGreaterThan(0.93);
    expect(covered / 1500).toBeLessThan(0.98);
  });

  it('is not there with one seed and one group, which say nothing of noise', () => {
    const [interval] = meanIntervals({ groups: [0, 0], strategies: [{ name: 'a', errors: [[1, 2]] }] });
    expect(interval).toEqual([Number.NaN, Number.NaN]);
  });
});
