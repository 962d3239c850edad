/** The figures of regression tasks with labels in any range: errors, and both correlations. Nothing is clipped or rounded. */
import type { MetricFamily } from '@interfuse/core';
import { concordance, correlation, meanAbsoluteError, rootMeanSquareError } from './figures.js';

export const regressionMetrics: MetricFamily = {
  columns: [
    { name: 'MAE', better: 'lower', perSample: true, describe: 'Mean absolute error' },
    { name: 'RMSE', better: 'lower', describe: 'Root of the mean squared error' },
    { name: 'Corr', better: 'higher', describe: 'Pearson correlation; not defined for constant predictions' },
    {
      name: 'CCC',
      better: 'higher',
      describe: 'Concordance correlation (Lin 1989); not defined for predictions and labels that are all the same',
    },
  ],
  compute(predictions, labels) {
    return {
      MAE: meanAbsoluteError(predictions, labels),
      RMSE: rootMeanSquareError(predictions, labels),
      Corr: correlation(predictions, labels),
      CCC: concordance(predictions, labels),
    };
  },
};
