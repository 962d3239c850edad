/** The evidence of a comparison: in the unit and direction of its metric, and only for the same samples. */
import { isInterfuseError, type MetricColumn, type MetricFamily } from '@interfuse/core';
import { describe, expect, it } from 'vitest';
import type { Predictions } from '../run/predictions.js';
import { type PredictedStrategy, weighEvidence } from './evidence.js';

const metrics: MetricFamily = {
  columns: [
    { name: 'MAE', better: 'lower', perSample: true, describe: '' },
    { name: 'Hits', better: 'higher', perSample: true, describe: '' },
    { name: 'Worst', better: 'lower', describe: '' },
  ],
  compute(predictions, labels) {
    const errors = Array.from(labels, (label, row) => Math.abs((predictions[row] as number) - label));
    return {
      MAE: errors.reduce((sum, error) => sum + error, 0) / errors.length,
      Hits: errors.filter((error) => error < 0.5).length / errors.length,
      Worst: Math.max(...errors),
    };
  },
};
const [mae, hits, worst] = metrics.columns as [MetricColumn, MetricColumn, MetricColumn];

/** Errors that differ from sample to sample and from seed to seed, around a mean. */
function predicted(name: string, mean: number, seeds: number): PredictedStrategy {
  const items = Array.from({ length: 60 }, (_, item) => item);
  return {
    name,
    predictions: Array.from(
      { length: seeds },
      (_, seed): Predictions => ({
        ids: items.map((item) => `s${item}`),
        groups: items.map((item) => `g${item % 30}`),
        labels: Float32Array.from(items, (item) => item % 3),
        values: Float32Array.from(
          items,
          (item) => (item % 3) + mean + 0.1 * Math.sin(item * mean * 7) + 0.02 * Math.cos(seed + mean),
        ),
      }),
    ),
  };
}

const close = predicted('close', 0.3, 3);
const far = predicted('far', 0.7, 3);

describe('the evidence', () => {
  it('for a mean over samples comes from the crossed test', () => {
    const found = weighEvidence([close, far], { metrics, column: mae });
    expect(found).toMatchObject({ method: 'crossed t test', groups: 30, samples: 60, column: 'MAE' });
    const [pair] = found.pairs;
    expect(pair).toMatchObject({ one: 0, other: 1, verdict: 'different' });
    expect(pair?.difference).toBeCloseTo(-0.4, 1);
    expect(pair?.interval[0]).toBeLessThan(pair?.difference as number);
    expect(pair?.interval[1]).toBeGreaterThan(pair?.difference as number);
    expect(found.probabilityOfBest?.[0]).toBeGreaterThan(0.99);
    expect(found.components?.counts).toEqual({ seeds: [3, 3], groups: 30, items: 60 });
  });

  it('turns round where more is better', () => {
    const found = weighEvidence([close, far], { metrics, column: hits });
    expect(found.pairs[0]?.difference).toBeGreaterThan(0.5);
    expect(found.probabilityOfBest?.[0]).toBeGreaterThan(0.99);
  });

  it('for another figure comes from the crossed bootstrap', () => {
    const found = weighEvidence([close, far], { metrics, column: worst });
    expect(found).toMatchObject({ method: 'crossed bootstrap', groups: 30, samples: 60 });
    expect(found.pairs[0]?.difference).toBeLessThan(-0.2);
    expect(found.pairs[0]?.verdict).toBe('different');
    const once = weighEvidence([predicted('close', 0.3, 1), predicted('far', 0.7, 1)], { metrics, column: worst });
    expect(once.pairs[0]?.verdict).toBe('untested');
  });

  it('is refused for runs that were tested on different samples', () => {
    const [run] = far.predictions as [Predictions];
    const others = [
      { ...run, ids: run.ids.map((id) => `other ${id}`) },
      { ...run, labels: run.labels.map((label) => label + 1) },
      { ...run, ids: run.ids.slice(1), labels: run.labels.slice(1) },
    ];
    for (const other of others) {
      try {
        weighEvidence([close, { name: 'far', predictions: [other] }], { metrics, column: mae });
        expect.unreachable();
      } catch (error) {
        expect(isInterfuseError(error) && error.code).toBe('RUN_INVALID');
        expect(String(error)).toContain('predictions of far');
      }
    }
  });
});
