/** The figures of classification tasks, from logits: accuracy and F1, as scikit-learn defines them. */
import type { MetricFamily } from '@interfuse/core';
import { accuracy, macroF1, weightedF1 } from './figures.js';

const higher = { better: 'higher', percent: true } as const;

/** @param classes their number is the width of a row of logits */
export function classificationMetrics(classes: readonly string[]): MetricFamily {
  return {
    columns: [
      { name: 'Accuracy', ...higher, describe: 'Share of samples whose largest logit is that of the true class' },
      { name: 'F1', ...higher, describe: 'F1 of the classes, weighted by how often each is true' },
      { name: 'Macro-F1', ...higher, describe: 'Plain mean of the F1 of the classes' },
    ],
    compute(predictions, labels) {
      const truth = Array.from(labels);
      const predicted = truth.map((_, row) =>
        largest(predictions.subarray(row * classes.length, (row + 1) * classes.length)),
      );
      return {
        Accuracy: accuracy(predicted, truth),
        F1: weightedF1(predicted, truth),
        'Macro-F1': macroF1(predicted, truth),
      };
    },
  };
}

/** Index of the largest entry, the first of equals. */
function largest(values: Float32Array): number {
  return values.reduce((best, value, i) => (value > (values[best] as number) ? i : best), 0);
}
