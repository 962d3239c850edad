/** Intervals of single strategies. */
import type { MetricFamily } from '@interfuse/core';
import { sentimentMetrics } from '@interfuse/training';
import { expect, it } from 'vitest';
import type { Predictions } from '../run/predictions.js';
import { strategyIntervals } from './intervals.js';
import { madeUpReport } from './report.test-support.js';

it('of a single strategy with a single seed, groups of one size: the t interval of the mean of the groups', () => {
  const data = madeUpReport({ strategies: ['only'], seeds: 1, samples: 4 });
  const [{ labels, values }] = data.strategies.flatMap(({ runs }) => runs.map((run) => run.predictions)) as [
    Predictions,
  ];
  const errors = Array.from(labels, (label, i) => Math.abs((values[i] as number) - label));
  // Samples 0 and 2, and 1 and 3, are a group each.
  const [a, b] = [
    ((errors[0] as number) + (errors[2] as number)) / 2,
    ((errors[1] as number) + (errors[3] as number)) / 2,
  ];
  // Of two values the standard error is half their distance; t(0.975, 1) = 12.7062 (any table of Student's t).
  const half = (12.7062 * Math.abs(a - b)) / 2;
  const [interval] = strategyIntervals(data);
  expect(interval?.[0]).toBeCloseTo((a + b) / 2 - half, 3);
  expect(interval?.[1]).toBeCloseTo((a + b) / 2 + half, 3);
});

it('of a mean over samples and seeds holds the mean', () => {
  const data = madeUpReport({ strategies: ['one', 'other'], seeds: 3, samples: 60 });
  strategyIntervals(data).forEach((interval, index) => {
    const mean = data.comparison.strategies[index]?.figures.MAE?.mean as number;
    expect(interval?.[0]).toBeLessThan(mean);
    expect(interval?.[1]).toBeGreaterThan(mean);
  });
});

it('of a correlation is resampled, and the same every time', () => {
  const columns = sentimentMetrics.columns.filter(({ name }) => name === 'Corr');
  const correlation: MetricFamily = { ...sentimentMetrics, columns };
  const made = madeUpReport({ strategies: ['one'], seeds: 2, samples: 60 });
  const data = { ...made, metrics: correlation, comparison: { ...made.comparison, columns } };
  const [interval] = strategyIntervals(data);
  const mean = made.comparison.strategies[0]?.figures.Corr?.mean as number;
  expect(interval?.[0]).toBeLessThan(mean);
  expect(interval?.[1]).toBeGreaterThan(mean);
  expect(strategyIntervals(data)).toEqual([interval]);
});
