/** What must hold of every metric, whatever the numbers: on many drawn samples, and on the awkward ones. */
import type { MetricFamily } from '@interfuse/core';
import { describe, expect, it } from 'vitest';
import { classificationMetrics } from './classification.js';
import { regressionMetrics } from './regression.js';
import { sentimentMetrics } from './sentiment.js';
import { simsMetrics } from './sims.js';

const names = ['low', 'middle', 'high'];
const byClass = classificationMetrics(names, { perClass: true });
const scores: { readonly [name: string]: MetricFamily } = {
  sentiment: sentimentMetrics,
  sims: simsMetrics,
  regression: regressionMetrics,
};

/** Mulberry32, by T. Ettinger; public domain. */
function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

interface Trial {
  readonly predictions: Float32Array;
  readonly labels: Float32Array;
}

/** Tenths and halves within the range and beyond, so that edges and ties are met; 1 to 40 samples. */
function scoreTrials(): Trial[] {
  return Array.from({ length: 60 }, (_, seed) => {
    const next = random(seed);
    const value = () => (next() < 0.5 ? Math.round(80 * next() - 40) / 10 : Math.round(16 * next() - 8) / 2);
    const count = 1 + Math.floor(40 * next());
    return {
      predictions: Float32Array.from({ length: count }, value),
      labels: Float32Array.from({ length: count }, value),
    };
  });
}

function classTrials(): Trial[] {
  return Array.from({ length: 60 }, (_, seed) => {
    const next = random(1000 + seed);
    const count = 1 + Math.floor(40 * next());
    return {
      predictions: Float32Array.from({ length: names.length * count }, () => Math.round(6 * next())),
      labels: Float32Array.from({ length: count }, () => Math.floor(names.length * next())),
    };
  });
}

/** The same samples in another order, each of so many predictions. */
function permuted({ predictions, labels }: Trial, outputs: number): Trial {
  const next = random(labels.length);
  const order = Array.from(labels, (_, row) => ({ row, key: next() })).sort((one, other) => one.key - other.key);
  return {
    predictions: Float32Array.from(
      order.flatMap(({ row }) => Array.from(predictions.subarray(row * outputs, (row + 1) * outputs))),
    ),
    labels: Float32Array.from(order, ({ row }) => labels[row] as number),
  };
}

function expectEqual(one: Record<string, number>, other: Record<string, number>): void {
  for (const [name, figure] of Object.entries(one)) {
    if (Number.isNaN(figure)) expect(other[name], name).toBeNaN();
    else expect(other[name], name).toBeCloseTo(figure, 9);
  }
}

/** Logits whose largest is that of these classes. */
const choosing = (classes: readonly number[]): Float32Array =>
  Float32Array.from(classes.flatMap((chosen) => names.map((_, label) => Number(label === chosen))));

const constant = (value: number, count: number): Float32Array => new Float32Array(count).fill(value);

describe.each(Object.entries(scores))('%s', (_, family) => {
  const compute = ({ predictions, labels }: Trial) => family.compute(predictions, labels);

  it('does not depend on the order of the samples', () => {
    for (const trial of scoreTrials()) expectEqual(compute(trial), compute(permuted(trial, 1)));
  });

  it('stays within its bounds, or is not defined', () => {
    for (const trial of scoreTrials()) {
      const figures = compute(trial);
      for (const { name, percent } of family.columns) {
        const figure = figures[name] as number;
        if (Number.isNaN(figure)) continue;
        if (percent === true) expect(figure >= 0 && figure <= 1, `${name} ${figure}`).toBe(true);
        if (name === 'Corr' || name === 'CCC') expect(Math.abs(figure)).toBeLessThanOrEqual(1 + 1e-12);
        if (name === 'MAE') expect(figure).toBeGreaterThanOrEqual(0);
      }
    }
  });

  it('is the mean over samples where it says so, and nowhere else', () => {
    for (const { name, perSample } of family.columns) {
      const isMean = scoreTrials().every(({ predictions, labels }) => {
        const alone = Array.from(labels, (label, row) =>
          family.compute(predictions.subarray(row, row + 1), Float32Array.of(label)),
        );
        const mean = alone.reduce((sum, figures) => sum + (figures[name] as number), 0) / labels.length;
        return Math.abs(mean - (family.compute(predictions, labels)[name] as number)) < 1e-6;
      });
      expect([name, isMean]).toEqual([name, perSample === true]);
    }
  });

  it('is best for perfect predictions', () => {
    for (const { labels } of scoreTrials()) {
      for (const [name, figure] of Object.entries(family.compute(labels, labels))) {
        if (Number.isNaN(figure)) continue;
        expect(figure, name).toBeCloseTo(name === 'MAE' || name === 'RMSE' ? 0 : 1, 12);
      }
    }
  });

  it('has no correlation for a constant prediction, and every other figure', () => {
    const figures = family.compute(constant(0.1, 7), Float32Array.of(-3, -2, -1, 0.5, 1, 2, 3));
    expect(Object.keys(figures).filter((name) => Number.isNaN(figures[name]))).toEqual(['Corr']);
  });

  it('is not defined without samples, and throws nothing', () => {
    for (const figure of Object.values(family.compute(new Float32Array(), new Float32Array()))) {
      expect(figure).toBeNaN();
    }
  });
});

describe('regression', () => {
  it('the error of a shift is the shift, which correlation does not see and concordance does', () => {
    const labels = Float32Array.of(-2, -1.5, 0, 0.25, 1, 3);
    for (const shift of [-2, -0.5, 0.25, 1]) {
      const figures = regressionMetrics.compute(
        labels.map((label) => label + shift),
        labels,
      );
      expect(figures).toMatchObject({ MAE: Math.abs(shift), RMSE: Math.abs(shift) });
      expect(figures.Corr).toBeCloseTo(1, 12);
      expect(figures.CCC).toBeLessThan(1);
    }
  });

  it('concordance is no larger than correlation, has its sign, and does not mind which side is which', () => {
    for (const { predictions, labels } of scoreTrials()) {
      const { Corr = Number.NaN, CCC = Number.NaN, MAE = 0, RMSE } = regressionMetrics.compute(predictions, labels);
      expect(RMSE).toBeGreaterThanOrEqual(MAE - 1e-6);
      expect(regressionMetrics.compute(labels, predictions).CCC).toBeCloseTo(CCC, 12);
      if (Number.isNaN(Corr)) continue;
      expect(Math.abs(CCC)).toBeLessThanOrEqual(Math.abs(Corr) + 1e-12);
      expect(CCC * Corr).toBeGreaterThanOrEqual(0);
    }
  });

  it('concordance is as worked out by hand', () => {
    // Variances and covariance 2/3, means 1 apart: 2 (2/3) / (2/3 + 2/3 + 1) = 4/7.
    expect(regressionMetrics.compute(Float32Array.of(1, 2, 3), Float32Array.of(2, 3, 4)).CCC).toBeCloseTo(4 / 7, 12);
    expect(regressionMetrics.compute(Float32Array.of(3, 2, 1), Float32Array.of(1, 2, 3)).CCC).toBeCloseTo(-1, 12);
    expect(regressionMetrics.compute(constant(1, 3), Float32Array.of(1, 2, 3)).CCC).toBe(0);
    expect(regressionMetrics.compute(constant(1, 3), constant(1, 3)).CCC).toBeNaN();
  });
});

describe('sims', () => {
  it('sees nothing of what lies beyond the range', () => {
    for (const { predictions, labels } of scoreTrials()) {
      const clipped = predictions.map((value) => Math.min(1, Math.max(-1, value)));
      expect(simsMetrics.compute(predictions, labels)).toEqual(simsMetrics.compute(clipped, labels));
    }
  });
});

describe('classification', () => {
  const compute = ({ predictions, labels }: Trial) => byClass.compute(predictions, labels);

  it('does not depend on the order of the samples, nor on what is added to all logits of one', () => {
    for (const trial of classTrials()) {
      expectEqual(compute(trial), compute(permuted(trial, names.length)));
      const raised = trial.predictions.map((logit, i) => logit + (Math.floor(i / names.length) % 5));
      expectEqual(compute(trial), compute({ ...trial, predictions: raised }));
    }
  });

  it('is consistent: accuracy is the mean recall weighted by support, F1 the harmonic mean of precision and recall', () => {
    for (const trial of classTrials()) {
      const figures = compute(trial);
      let accuracy = 0;
      names.forEach((name, label) => {
        const support = trial.labels.filter((value) => value === label).length / trial.labels.length;
        const [precision, recall] = [figures[`Precision (${name})`], figures[`Recall (${name})`]] as [number, number];
        if (support > 0) accuracy += support * recall;
        if (precision + recall > 0) {
          expect(figures[`F1 (${name})`]).toBeCloseTo((2 * precision * recall) / (precision + recall), 12);
        }
      });
      expect(figures.Accuracy).toBeCloseTo(accuracy, 12);
      for (const figure of Object.values(figures))
        expect(Number.isNaN(figure) || (figure >= 0 && figure <= 1)).toBe(true);
    }
  });

  it('equals scikit-learn', () => {
    // The example of sklearn.metrics.precision_recall_fscore_support and f1_score: precision 2/3, 0, 0; recall 1, 0, 0.
    const figures = byClass.compute(choosing([0, 2, 1, 0, 0, 1]), Float32Array.of(0, 1, 2, 0, 1, 2));
    expect(names.map((name) => figures[`Precision (${name})`])).toEqual([2 / 3, 0, 0]);
    expect(names.map((name) => figures[`Recall (${name})`])).toEqual([1, 0, 0]);
    expect(figures['Macro-F1']).toBeCloseTo(0.8 / 3, 12);
    expect(figures.F1).toBeCloseTo(0.8 / 3, 12);
  });

  it('of perfect predictions is 1, and not defined for a class that never occurs', () => {
    const figures = byClass.compute(choosing([0, 2, 2]), Float32Array.of(0, 2, 2));
    expect(figures).toMatchObject({ Accuracy: 1, F1: 1, 'Macro-F1': 1, 'F1 (low)': 1, 'F1 (high)': 1 });
    for (const figure of ['Precision', 'Recall', 'F1']) expect(figures[`${figure} (middle)`]).toBeNaN();
  });

  it('of a constant prediction has no precision for what is never predicted, and an F1 of 0', () => {
    const figures = byClass.compute(choosing([0, 0, 0, 0]), Float32Array.of(0, 1, 1, 1));
    expect(figures).toMatchObject({ Accuracy: 0.25, 'Precision (low)': 0.25, 'Recall (low)': 1, 'F1 (middle)': 0 });
    expect(figures['Precision (middle)']).toBeNaN();
    expect(figures['Recall (middle)']).toBe(0);
  });

  it('bears a single class, and no samples', () => {
    const single = classificationMetrics(['only'], { perClass: true });
    expect(Object.values(single.compute(Float32Array.of(-1, 5), Float32Array.of(0, 0)))).toEqual([1, 1, 1, 1, 1, 1]);
    for (const figure of Object.values(byClass.compute(new Float32Array(), new Float32Array()))) {
      expect(figure).toBeNaN();
    }
  });

  it('has the columns of the classes only if they are asked for', () => {
    expect(classificationMetrics(names).columns.map(({ name }) => name)).toEqual(['Accuracy', 'F1', 'Macro-F1']);
    expect(byClass.columns.map(({ name }) => name)).toEqual(Object.keys(compute(classTrials()[0] as Trial)));
  });
});
