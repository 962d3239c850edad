/**
 * The interval of the mean error of every strategy by itself, by Student's t with Satterthwaite's degrees of freedom:
 *
 *     variance = s~^2 / R + sum over groups of w_g^2 (m_g - m)^2 G / (G - 1)
 *
 * with the moderated variance s~^2 between seeds, which counts with R - 1 degrees of freedom of its own and 4 of the other
 * strategies together. Whether two strategies differ is for `comparePairs` to say.
 */
import type { CrossedErrors } from './crossed-errors.js';
import { studentQuantile } from './distributions.js';
import { type Measured, type MeasuredStrategy, measure, pooledWeight, varianceOfMean } from './variance-components.js';

/** @param level default: 0.05; @returns by strategy; NaN with one seed and one group */
export function meanIntervals(errors: CrossedErrors, level = 0.05): (readonly [number, number])[] {
  const measured = measure(errors);
  return measured.strategies.map((strategy) => intervalOf(strategy, measured, level));
}

function intervalOf(
  { means, overSeeds, mean, seedVariance }: MeasuredStrategy,
  { strategies, weights }: Measured,
  level: number,
): readonly [number, number] {
  const parts = [
    {
      variance: seedVariance.variance / means.length,
      degrees: means.length - 1 + (strategies.length > 1 ? pooledWeight : 0),
    },
    { variance: varianceOfMean(overSeeds, weights), degrees: weights.length - 1 },
  ].filter(({ variance }) => Number.isFinite(variance));
  if (parts.length === 0) return [Number.NaN, Number.NaN];
  const total = parts.reduce((sum, { variance }) => sum + variance, 0);
  const degrees = total ** 2 / parts.reduce((sum, part) => sum + part.variance ** 2 / part.degrees, 0);
  const half = total === 0 ? 0 : studentQuantile(1 - level / 2, degrees) * Math.sqrt(total);
  return [mean - half, mean + half];
}
