/** How likely each strategy is the best of those compared, given the noise of its seeds and of the items. */
import type { CrossedErrors } from './crossed-errors.js';
import { Draws } from './draws.js';
import { measure } from './variance-components.js';

export interface ResamplingSettings {
  /** Default: 4000. */
  readonly replicates?: number;
  /** Of the random numbers. Default: 0. */
  readonly seed?: number;
}

/**
 * Share of replicates in which the strategy has the smallest mean error: groups are resampled once for all strategies,
 * and the seeds of each strategy add normal noise of their moderated variance. NaN where no strategy has two seeds.
 *
 * @returns by strategy, summing to 1
 */
export function probabilityOfBest(
  errors: CrossedErrors,
  { replicates = 4000, seed = 0 }: ResamplingSettings = {},
): number[] {
  const { strategies, weights } = measure(errors);
  if (strategies.some(({ seedVariance }) => Number.isNaN(seedVariance.variance)))
    return strategies.map(() => Number.NaN);
  const deviations = strategies.map(({ means, seedVariance }) => Math.sqrt(seedVariance.variance / means.length));
  const draws = new Draws(seed);
  const wins = strategies.map(() => 0);
  for (let replicate = 0; replicate < replicates; replicate += 1) {
    const drawn = weights.map(() => draws.below(weights.length));
    const share = drawn.reduce((sum, group) => sum + (weights[group] as number), 0);
    const values = strategies.map(({ overSeeds }, strategy) => {
      const sum = drawn.reduce((total, group) => total + (weights[group] as number) * (overSeeds[group] as number), 0);
      return sum / share + (deviations[strategy] as number) * draws.normal();
    });
    const best = values.indexOf(Math.min(...values));
    wins[best] = (wins[best] as number) + 1;
  }
  return wins.map((count) => count / replicates);
}
