/** The figures of classification tasks, from logits: accuracy and F1, as scikit-learn defines them. */
import type { MetricColumn, MetricFamily } from '@interfuse/core';
import { accuracy, classScore, macroF1, weightedF1 } from './figures.js';

const higher = { better: 'higher', percent: true } as const;

/** @param classes their number is the width of a row of logits */
export function classificationMetrics(
  classes: readonly string[],
  { perClass = false }: { readonly perClass?: boolean } = {},
): MetricFamily {
  return {
    columns: [
      {
        name: 'Accuracy',
        ...higher,
        perSample: true,
        describe: 'Share of samples whose largest logit is that of the true class',
      },
      { name: 'F1', ...higher, describe: 'F1 of the classes, weighted by how often each is true' },
      { name: 'Macro-F1', ...higher, describe: 'Plain mean of the F1 of the classes' },
      ...(perClass ? classes.flatMap(classColumns) : []),
    ],
    compute(predictions, labels) {
      const truth = Array.from(labels);
      const predicted = truth.map((_, row) =>
        largest(predictions.subarray(row * classes.length, (row + 1) * classes.length)),
      );
      const each = classes.map((name, label) => {
        const { precision, recall, f1 } = classScore(predicted, truth, label);
        return { [`Precision (${name})`]: precision, [`Recall (${name})`]: recall, [`F1 (${name})`]: f1 };
      });
      return {
        Accuracy: accuracy(predicted, truth),
        F1: weightedF1(predicted, truth),
        'Macro-F1': macroF1(predicted, truth),
        ...(perClass ? Object.assign({}, ...each) : {}),
      };
    },
  };
}

function classColumns(name: string): MetricColumn[] {
  return [
    {
      name: `Precision (${name})`,
      ...higher,
      describe: `Share of predictions of ${name} that are right; not defined if there are none`,
    },
    {
      name: `Recall (${name})`,
      ...higher,
      describe: `Share of samples of ${name} that are found; not defined if there are none`,
    },
    {
      name: `F1 (${name})`,
      ...higher,
      describe: `Harmonic mean of precision and recall of ${name}; not defined if it is neither predicted nor true`,
    },
  ];
}

/** Index of the largest entry, the first of equals. */
function largest(values: Float32Array): number {
  return values.reduce((best, value, i) => (value > (values[best] as number) ? i : best), 0);
}
