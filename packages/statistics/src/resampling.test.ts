/** What is resampled: the chance of being best, and intervals of figures that are no means. */
import { describe, expect, it } from 'vitest';
import { probabilityOfBest } from './best.js';
import {
  type BootstrapData,
  type BootstrapFigure,
  type BootstrapResult,
  crossedBootstrap,
} from './crossed-bootstrap.js';
import { Draws } from './draws.js';
import { simulateErrors } from './simulated-errors.test-support.js';

const components = {
  seedDeviations: [0.05, 0.05],
  seeds: 3,
  groupSizes: new Array<number>(50).fill(2),
  group: 0.3,
  strategyByGroup: 0.1,
  strategyByItem: 0.1,
  rest: 0.1,
};

describe('the probability of being best', () => {
  it('is one half, on average, for each of two that are alike', () => {
    const draws = new Draws(3);
    const chances = Array.from({ length: 100 }, () => {
      const errors = simulateErrors({ ...components, means: [1, 1] }, draws);
      return probabilityOfBest(errors, { replicates: 200 })[0] as number;
    });
    expect(chances.reduce((sum, chance) => sum + chance, 0) / chances.length).toBeCloseTo(0.5, 1);
  });

  it('is near 1 for one that is far ahead, sums to 1, and is the same again', () => {
    const errors = simulateErrors({ ...components, means: [1, 2] }, new Draws(3));
    const chances = probabilityOfBest(errors);
    expect(chances[0]).toBeGreaterThan(0.99);
    expect((chances[0] as number) + (chances[1] as number)).toBeCloseTo(1, 12);
    expect(probabilityOfBest(errors)).toEqual(chances);
  });

  it('cannot be told from one seed', () => {
    const errors = simulateErrors({ ...components, seeds: 1, means: [1, 2] }, new Draws(3));
    expect(probabilityOfBest(errors)).toEqual([Number.NaN, Number.NaN]);
  });
});

/** Labels, and predictions that follow them with noise of the strategy, of its seeds and of groups. */
function predictions(seeds: number, draws: Draws): BootstrapData {
  const groups = Array.from({ length: 120 }, (_, item) => Math.floor(item / 3));
  const common = groups.map(() => draws.normal());
  const byGroup = Array.from({ length: 40 }, () => draws.normal());
  const labels = Float32Array.from(groups, (group, item) => (common[item] as number) + (byGroup[group] as number));
  const strategies = ['a', 'b'].map((name) => {
    const ownGroups = Array.from({ length: 40 }, () => 0.8 * draws.normal());
    return {
      name,
      predictions: Array.from({ length: seeds }, () => {
        const noise = 0.6 + 0.25 * draws.uniform();
        return Float32Array.from(labels, (label, item) => {
          const group = groups[item] as number;
          return label + (ownGroups[group] as number) + noise * draws.normal();
        });
      }),
    };
  });
  return { strategies, labels, groups };
}

function correlation(one: Float32Array, other: Float32Array): Record<string, number> {
  const mean = (values: Float32Array) => values.reduce((sum, value) => sum + value, 0) / values.length;
  const [a, b] = [mean(one), mean(other)];
  let [ab, aa, bb] = [0, 0, 0];
  one.forEach((value, index) => {
    const [x, y] = [value - a, (other[index] as number) - b];
    ab += x * y;
    aa += x * x;
    bb += y * y;
  });
  return { Corr: ab / Math.sqrt(aa * bb) };
}

describe('the crossed bootstrap', () => {
  it('has intervals of differences that hold nothing nineteen times in twenty where there is nothing', () => {
    const draws = new Draws(8);
    let covered = 0;
    for (let round = 0; round < 150; round += 1) {
      const data = predictions(4, draws);
      const results = crossedBootstrap(data, ['Corr'], correlation, { replicates: 200, seed: round });
      const [{ interval }] = (results.Corr as BootstrapResult).differences as unknown as [BootstrapFigure];
      const [low, high] = interval;
      covered += Number(low <= 0 && 0 <= high);
    }
    expect(covered / 150).toBeGreaterThan(0.9);
    expect(covered / 150).toBeLessThan(0.99);
  });

  it('gives the figure itself, and the same interval again', () => {
    const data = predictions(3, new Draws(2));
    const once = crossedBootstrap(data, ['Corr'], correlation, { replicates: 100 });
    const whole = data.strategies[0]?.predictions.map(
      (own) => correlation(own, data.labels).Corr as number,
    ) as number[];
    expect(once.Corr?.strategies[0]?.value).toBeCloseTo(whole.reduce((sum, value) => sum + value, 0) / 3, 12);
    expect(crossedBootstrap(data, ['Corr'], correlation, { replicates: 100 })).toEqual(once);
  });

  it('has no interval where a figure is not a number', () => {
    const data = predictions(2, new Draws(2));
    const broken = () => ({ Corr: Number.NaN });
    expect(crossedBootstrap(data, ['Corr'], broken, { replicates: 10 }).Corr?.strategies[0]?.interval).toEqual([
      Number.NaN,
      Number.NaN,
    ]);
  });
});
