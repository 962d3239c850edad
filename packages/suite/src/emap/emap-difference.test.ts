/** The difference of an additive part and its model, against figures worked out by hand. */

import type { MetricColumn } from '@interfuse/core';
import { sentimentMetrics } from '@interfuse/training';
import { describe, expect, it } from 'vitest';
import { emapDifference, withoutNoise } from './emap-difference.js';

const columnOf = (name: string) => sentimentMetrics.columns.find((column) => column.name === name) as MetricColumn;
const labels = Float32Array.of(-2, -1, 0, 1, 2, 0.5);
const own = Float32Array.of(-1.5, -1, 0.25, 0.5, 1.5, 0.5);
const predictions = {
  ids: ['a', 'b', 'c', 'd', 'e', 'f'],
  groups: ['a', 'b', 'c', 'd', 'e', 'f'],
  labels,
  values: own,
};
const shared = { predictions, metrics: sentimentMetrics, weight: 0 };

describe('of a mean over samples', () => {
  it('is the mean of the paired differences, with the t interval over groups', () => {
    const fitted = Float32Array.of(-1.5, -0.5, 0.5, 0.5, 1, 0.5);
    const { value, interval, groups } = emapDifference({ ...shared, fitted: [fitted], column: columnOf('MAE') });
    // Differences 0, 0.5, 0.25, 0, 0.5, 0: mean 1.25 / 6, deviation 0.245798; t of 5 degrees of freedom at 97.5 % is 2.570582.
    expect(value).toBeCloseTo(1.25 / 6, 6);
    const half = (2.570582 * 0.245798) / Math.sqrt(6);
    expect(interval[0]).toBeCloseTo(1.25 / 6 - half, 4);
    expect(interval[1]).toBeCloseTo(1.25 / 6 + half, 4);
    expect(groups).toBe(6);
  });

  it('takes away what the halves say is noise, sample by sample', () => {
    const off = (by: number) => Float32Array.from(labels, (label) => label + by);
    const fitted = [off(0.5), off(0.75), off(1.25)];
    const { value } = emapDifference({ ...shared, fitted, weight: 0.4, column: columnOf('MAE') });
    const mae = own.reduce((sum, each, i) => sum + Math.abs(each - (labels[i] as number)), 0) / 6;
    // 0.5 + 0.4 (0.5 - 1).
    expect(value).toBeCloseTo(0.3 - mae, 6);
  });

  it('keeps its sign where more is better', () => {
    const wrong = Float32Array.from(own, (each) => -each);
    const { value, interval } = emapDifference({ ...shared, fitted: [wrong], column: columnOf('Acc-7') });
    expect(value).toBeLessThan(0);
    expect(interval[0]).toBeLessThan(value);
    expect(interval[1]).toBeGreaterThan(value);
  });
});

describe('of a correlation', () => {
  const column = columnOf('Corr');
  const rows = Array.from({ length: 40 }, (_, row) => row);
  const truth = Float32Array.from(rows, (row) => 2 * Math.sin(row));
  const model = Float32Array.from(rows, (row) => 2 * Math.sin(row) + Math.sin(3 * row + 1));
  const additive = Float32Array.from(rows, (row) => 2 * Math.sin(row) + 2 * Math.sin(5 * row));
  const names = rows.map((row) => `video ${row >> 1}`);
  const found = {
    ...shared,
    column,
    predictions: { ids: rows.map(String), groups: names, labels: truth, values: model },
  };
  const figure = (values: Float32Array) => sentimentMetrics.compute(values, truth).Corr as number;

  it('is that of the figures, with an interval over groups, and none of a model and itself', () => {
    const same = emapDifference({ ...found, fitted: [model] });
    expect([same.value, ...same.interval]).toEqual([0, 0, 0]);
    const { value, interval, groups } = emapDifference({ ...found, fitted: [additive] });
    expect(value).toBeCloseTo(figure(additive) - figure(model), 12);
    expect(interval[0]).toBeLessThan(value);
    expect(interval[1]).toBeGreaterThan(value);
    expect(groups).toBe(20);
  });

  it('takes away what the halves say is noise', () => {
    const { value } = emapDifference({ ...found, fitted: [model, additive, additive], weight: 0.5 });
    expect(value).toBeCloseTo(0.5 * (figure(model) - figure(additive)), 12);
  });
});

it('a figure without halves has no noise to lose', () => {
  expect(withoutNoise(3, [0.25])).toBe(0.25);
});
