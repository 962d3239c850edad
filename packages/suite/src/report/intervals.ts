/** The interval of every strategy by itself, over seeds and groups of samples: by a t test of a mean over samples, resampled for other figures. */
import type { MetricColumn } from '@interfuse/core';
import { crossedBootstrap, meanIntervals, numberGroups } from '@interfuse/statistics';
import { crossedErrors } from '../comparison/evidence.js';
import type { Predictions } from '../run/predictions.js';
import type { ReportData } from './report-data.js';

export type Interval = readonly [number, number];

/** Values that a bootstrap may look at, and the replicates that it is done with in any case. */
const [mostLookedAt, fewest, most] = [3e7, 100, 400];

/** 95 %; nothing where a figure is not defined. By rank. */
export function strategyIntervals(data: ReportData): (Interval | undefined)[] {
  const column = data.comparison.columns[0] as MetricColumn;
  const intervals = column.perSample ? ofMeans(data, column) : resampled(data, column);
  return intervals.map((interval) => (interval?.every(Number.isFinite) ? interval : undefined));
}

function ofMeans({ strategies, metrics }: ReportData, column: MetricColumn): Interval[] {
  const sign = column.better === 'lower' ? 1 : -1;
  const groups = numberGroups(firstPredictions(strategies).groups);
  const predicted = strategies.map(({ name, runs }) => ({
    name,
    predictions: runs.map(({ predictions }) => predictions),
  }));
  return meanIntervals(crossedErrors(predicted, groups, metrics, column)).map((interval) => {
    const [low, high] = interval.map((end) => sign * end) as [number, number];
    return sign === 1 ? [low, high] : [high, low];
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
