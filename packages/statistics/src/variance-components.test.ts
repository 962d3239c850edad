/** Components that were put in come out. */
import { describe, expect, it } from 'vitest';
import { type CrossedErrors, groupMeans, groupWeights } from './crossed-errors.js';
import { mean } from './descriptive.js';
import { Draws } from './draws.js';
import { type SimulatedComponents, simulateErrors } from './simulated-errors.test-support.js';
import {
  itemVariance,
  type MeasuredStrategy,
  measure,
  moderatedSeedVariances,
  ownSeedVariances,
  restVariance,
  varianceComponentsOf,
} from './variance-components.js';

const truth: SimulatedComponents = {
  means: [1, 1.2],
  seedDeviations: [0.1, 0.2],
  seeds: 4,
  groupSizes: [1, 2, 3, 4, 5, 6, 7, 8, 1, 2, 3, 4, 5, 6, 7, 8],
  group: 0.4,
  strategyByGroup: 0.3,
  strategyByItem: 0,
  rest: 0.5,
};

function average(measure: (errors: CrossedErrors) => number, components = truth): number {
  const draws = new Draws(5);
  return mean(Array.from({ length: 3000 }, () => measure(simulateErrors(components, draws))));
}

const weightsOf = ({ groups }: CrossedErrors) => groupWeights(groups);
const sumOfSquares = (weights: readonly number[]) => weights.reduce((sum, weight) => sum + weight ** 2, 0);
const weights = groupWeights(truth.groupSizes.flatMap((size, group) => new Array<number>(size).fill(group)));

describe('variance components', () => {
  it('of the seeds are what the runs differ by, the rest of their items included', () => {
    const items = truth.groupSizes.reduce((sum, size) => sum + size, 0);
    [0, 1].forEach((strategy) => {
      const measured = average((errors) => ownSeedVariances(groupMeans(errors))[strategy]?.variance as number);
      const expected = (truth.seedDeviations[strategy] as number) ** 2 + truth.rest ** 2 / items;
      expect(measured / expected).toBeCloseTo(1, 1);
    });
  });

  it('of the items leave out what seeds did to single items', () => {
    // The difference of two strategies has the variance of both: 2 x 0.3^2, weighted by the sizes of the groups.
    const measured = average((errors) => {
      const { strategies, weights: shares } = measure(errors);
      return itemVariance(strategies[0] as MeasuredStrategy, strategies[1] as MeasuredStrategy, shares).variance;
    });
    expect(measured / (2 * truth.strategyByGroup ** 2 * sumOfSquares(weights))).toBeCloseTo(1, 0.5);
  });

  it('of the rest shrink with the number of items', () => {
    const items = truth.groupSizes.reduce((sum, size) => sum + size, 0);
    const measured = average((errors) => restVariance(groupMeans(errors)[0] as never, weightsOf(errors)));
    expect(measured / (truth.rest ** 2 / items)).toBeCloseTo(1, 0.5);
  });

  it('are moderated as (4 pooled + (R - 1) own) / (R + 3)', () => {
    const own = [
      { variance: 1, degrees: 2 },
      { variance: 4, degrees: 2 },
      { variance: 7, degrees: 2 },
    ];
    // Pooled: 4. (4 x 4 + 2 x 1) / 6 = 3, 4, and (16 + 14) / 6 = 5.
    expect(moderatedSeedVariances(own).map(({ variance }) => variance)).toEqual([
      expect.closeTo(3, 12),
      expect.closeTo(4, 12),
      expect.closeTo(5, 12),
    ]);
  });

  it('of a strategy with a single seed are those of the others', () => {
    const own = ownSeedVariances(
      [[1], [2, 4]].map((perSeed) => ({ name: '', means: [], overSeeds: [], perSeed, mean: mean(perSeed) })),
    );
    expect(moderatedSeedVariances(own).map(({ variance }) => variance)).toEqual([
      expect.closeTo(2, 12),
      expect.closeTo(2, 12),
    ]);
    expect(moderatedSeedVariances(own.slice(0, 1))[0]?.variance).toBeNaN();
  });

  it('are reported as deviations, in the unit of the errors', () => {
    const even = { ...truth, groupSizes: new Array<number>(200).fill(3), seeds: 5, rest: 0.1 };
    const errors = simulateErrors(even, new Draws(9));
    const components = varianceComponentsOf(errors);
    expect(components.counts).toEqual({ seeds: [5, 5], groups: 200, items: 600 });
    // Common part of a group: 0.4^2, and half of each strategy's own 0.3^2.
    expect(components.groups).toBeCloseTo(Math.sqrt(0.4 ** 2 + 0.3 ** 2 / 2), 1);
    expect(components.strategyByGroup).toBeCloseTo(Math.sqrt(2) * 0.3, 1);
  });
});

describe('errors that do not fit', () => {
  const groups = [0, 0, 1];
  it.each([
    ['too few of them', [[1, 2]], 'a, seed number 1 has 2 errors for 3 items.'],
    [
      'one that is not finite',
      [
        [1, 2, 3],
        [1, Number.NaN, 3],
      ],
      'a, seed number 2 has the error NaN for item number 2.',
    ],
    ['no seed', [], 'a has no seed.'],
  ])('are refused: %s', (_, errors, message) => {
    expect(() => groupMeans({ strategies: [{ name: 'a', errors }], groups })).toThrow(message);
  });
});
