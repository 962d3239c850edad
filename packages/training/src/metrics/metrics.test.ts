import { readFileSync } from 'node:fs';
import type { MetricFamily } from '@interfuse/core';
import { describe, expect, it } from 'vitest';
import { classificationMetrics } from './classification.js';
import { roundFigure, roundHalfToEven } from './figures.js';
import { sentimentMetrics } from './sentiment.js';
import { simsMetrics } from './sims.js';

// What MMSA's metrics file gives for twelve predictions on and beside the edges of the classes.
const golden = JSON.parse(
  readFileSync(new URL('../../../../test/goldens/deepmlf-modules.json', import.meta.url), 'utf8'),
).metrics;

const floats = (...values: number[]): Float32Array => Float32Array.from(values);
const rounded = (family: MetricFamily, predictions: Float32Array, labels: Float32Array): Record<string, number> =>
  Object.fromEntries(
    Object.entries(family.compute(predictions, labels)).map(([name, value]) => [name, roundFigure(value)]),
  );

describe('sentiment metrics', () => {
  it('equal those of MMSA for MOSI and MOSEI', () => {
    const { pred, true: truth, out } = golden.mosi_mosei;
    expect(rounded(sentimentMetrics, floats(...pred), floats(...truth))).toEqual({
      'Acc-2 (has-0)': out.Has0_acc_2,
      'Acc-2 (non-0)': out.Non0_acc_2,
      'F1 (has-0)': out.Has0_F1_score,
      'F1 (non-0)': out.Non0_F1_score,
      'Acc-5': out.Mult_acc_5,
      'Acc-7': out.Mult_acc_7,
      MAE: out.MAE,
      Corr: out.Corr,
    });
  });

  it('round halves to the even integer', () => {
    expect([-2.5, -1.5, -0.5, 0.5, 1.5, 2.5, 0.4999, -1.2].map((value) => roundHalfToEven(value) + 0)).toEqual([
      -2, -2, 0, 0, 2, 2, 0, -1,
    ]);
  });

  it('have no correlation, and no sign to judge, where there is none', () => {
    const figures = sentimentMetrics.compute(floats(1, 1, 1), floats(0, 0, 0));
    expect(figures.Corr).toBeNaN();
    expect(figures['Acc-2 (non-0)']).toBeNaN();
    expect(figures['Acc-2 (has-0)']).toBe(1);
  });

  it('do not clip what MAE and Corr see', () => {
    expect(sentimentMetrics.compute(floats(5, 0), floats(3, 0)).MAE).toBe(1);
  });
});

describe('SIMS metrics', () => {
  it('equal those of MMSA for CH-SIMS', () => {
    const { pred, true: truth, out } = golden.sims;
    expect(rounded(simsMetrics, floats(...pred), floats(...truth))).toEqual({
      'Acc-2': out.Mult_acc_2,
      'Acc-3': out.Mult_acc_3,
      'Acc-5': out.Mult_acc_5,
      F1: out.F1_score,
      MAE: out.MAE,
      Corr: out.Corr,
    });
  });

  it('put a value on an edge into the class below, in float32', () => {
    // float32(0.1) is above the double 0.1: only an edge in float32 keeps it in the neutral class.
    expect(simsMetrics.compute(floats(0.1, -0.7), floats(0, -1))).toMatchObject({ 'Acc-3': 1, 'Acc-5': 1 });
  });
});

describe('classification metrics', () => {
  const family = classificationMetrics(['low', 'middle', 'high']);

  it('take the largest logit, and average F1 by support and plainly', () => {
    // Predicted 0, 1, 1, 0; true 0, 1, 0, 0. F1: class 0 = 2*2/(2+3) = 4/5, class 1 = 2*1/(2+1) = 2/3; class 2 never occurs.
    const logits = floats(2, 1, 0, 0, 3, 1, -1, 0, -2, 5, 5, 1);
    const figures = family.compute(logits, floats(0, 1, 0, 0));
    expect(figures.Accuracy).toBe(0.75);
    expect(figures.F1).toBeCloseTo((3 * (4 / 5) + 2 / 3) / 4, 12);
    expect(figures['Macro-F1']).toBeCloseTo((4 / 5 + 2 / 3) / 2, 12);
  });
});

it('every family computes the columns that it declares, and no others', () => {
  const families = [sentimentMetrics, simsMetrics, classificationMetrics(['a'])];
  for (const { columns, compute } of families) {
    expect(Object.keys(compute(floats(1, 2), floats(0, 0)))).toEqual(columns.map(({ name }) => name));
  }
});
