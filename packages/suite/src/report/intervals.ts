/**
 * The interval of every strategy by itself, over seeds and groups of samples.
 *
 * Of a mean over samples, by Student's t with Satterthwaite's degrees of freedom:
 *
 *     variance = s~^2 / R + sum over groups of w_g^2 (m_g - m)^2 G / (G - 1)
 *
 * with the moderated variance s~^2 between seeds, which counts with R - 1 degrees of freedom of its own and 4 of the
 * strategies together (Smyth 2004, Statistical Applications in Genetics and Molecular Biology 3(1)). Other figures are
 * resampled.
 */
import type { MetricColumn } from '@interfuse/core';
import {
  crossedBootstrap,
  groupMeans,
  groupWeights,
  numberGroups,
  standardDeviation,
  studentQuantile,
} from '@interfuse/statistics';
import { sampleErrors } from '../comparison/evidence.js';
import type { Predictions } from '../run/predictions.js';
import type { ReportData } from './report-data.js';

export type Interval = readonly [number, number];

/** Values that a bootstrap may look at, and the replicates that it is done with in any case. */
const [mostLookedAt, fewest, most] = [3e7, 100, 400];
/** What the strategies together say of the seed variance of each. */
const sharedDegrees = 4;

/** 95 %; nothing where a figure is not defined. By rank. */
export function strategyIntervals(data: ReportData): (Interval | undefined)[] {
  const column = data.comparison.columns[0] as MetricColumn;
  const intervals = column.perSample ? ofMeans(data, column) : resampled(data, column);
  return intervals.map((interval) => (interval?.every(Number.isFinite) ? interval : undefined));
}

function ofMeans({ comparison, strategies, metrics }: ReportData, column: MetricColumn): Interval[] {
  const groups = numberGroups(firstPredictions(strategies).groups);
  const weights = groupWeights(groups);
  const sign = column.better === 'lower' ? 1 : -1;
  const measured = groupMeans({
    groups,
    strategies: strategies.map(({ name, runs }) => ({
      name,
      errors: runs.map(({ predictions }) => sampleErrors(predictions, metrics, column)),
    })),
  });
  return measured.map(({ overSeeds, perSeed, mean: centre }, index): Interval => {
    const moderated = comparison.evidence?.components?.seeds[index]?.moderated ?? Number.NaN;
    const isModerated = Number.isFinite(moderated);
    const deviation = isModerated ? moderated : standardDeviation(perSeed);
    const spread = overSeeds.reduce((sum, own, group) => sum + ((weights[group] as number) * (own - centre)) ** 2, 0);
    const parts = [
      {
        variance: deviation ** 2 / perSeed.length,
        degrees: perSeed.length - 1 + (isModerated ? sharedDegrees : 0),
      },
      { variance: (spread * weights.length) / (weights.length - 1), degrees: weights.length - 1 },
    ].filter(({ variance }) => Number.isFinite(variance));
    const total = parts.reduce((sum, { variance }) => sum + variance, 0);
    const degrees = total ** 2 / parts.reduce((sum, { variance, degrees: own }) => sum + variance ** 2 / own, 0);
    const half = total === 0 ? 0 : studentQuantile(0.975, degrees) * Math.sqrt(total);
    return [sign * centre - half, sign * centre + half];
  });
}

function resampled({ strategies, metrics }: ReportData, { name }: MetricColumn): (Interval | undefined)[] {
  const { labels, groups } = firstPredictions(strategies);
  const runs = strategies.reduce((sum, strategy) => sum + strategy.runs.length, 0);
  const replicates = Math.round(Math.min(Math.max(mostLookedAt / (runs * labels.length), fewest), most));
  const found = crossedBootstrap(
    {
      labels,
      groups: numberGroups(groups),
      strategies: strategies.map((strategy) => ({
        name: strategy.name,
        predictions: strategy.runs.map(({ predictions }) => predictions.values),
      })),
    },
    [name],
    (values, truth) => ({ ...metrics.compute(values, truth) }),
    { replicates },
  )[name];
  return strategies.map((_, index) => found?.strategies[index]?.interval);
}

function firstPredictions(strategies: ReportData['strategies']): Predictions {
  const [first] = strategies.flatMap(({ runs }) => runs.map(({ predictions }) => predictions));
  return first as Predictions;
}
