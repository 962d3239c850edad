/** The metric families of this package as plugins. */
import { defineMetric, InterfuseError } from '@interfuse/core';

const noOptions = { type: 'object', additionalProperties: false, properties: {} } as const;

export const sentiment = defineMetric({
  id: 'sentiment',
  version: '0.1.0',
  apiVersion: 1,
  title: 'Sentiment, MOSI and MOSEI',
  summary: 'Acc-2 and F1 with and without neutral samples, Acc-5, Acc-7, MAE, Corr; for labels in [-3, 3].',
  options: noOptions,
  task: ['regression'],
  load: async () => {
    const { sentimentMetrics } = await import('./sentiment.js');
    return () => sentimentMetrics;
  },
});

export const sims = defineMetric({
  id: 'sims',
  version: '0.1.0',
  apiVersion: 1,
  title: 'Sentiment, CH-SIMS',
  summary: 'Acc-2, Acc-3, Acc-5, F1, MAE, Corr; for labels in [-1, 1].',
  options: noOptions,
  task: ['regression'],
  load: async () => {
    const { simsMetrics } = await import('./sims.js');
    return () => simsMetrics;
  },
});

export const regression = defineMetric({
  id: 'regression',
  version: '0.1.0',
  apiVersion: 1,
  title: 'Regression',
  summary: 'MAE, RMSE, Pearson and concordance correlation; for labels in any range.',
  options: noOptions,
  task: ['regression'],
  load: async () => {
    const { regressionMetrics } = await import('./regression.js');
    return () => regressionMetrics;
  },
});

const classificationOptions = {
  type: 'object',
  additionalProperties: false,
  properties: {
    perClass: {
      description: 'Precision, recall and F1 of each class, too.',
      type: 'boolean',
      default: false,
    },
  },
} as const;

export const classification = defineMetric({
  id: 'classification',
  version: '0.1.0',
  apiVersion: 1,
  title: 'Classification',
  summary: 'Accuracy, weighted F1 and macro F1; precision, recall and F1 of each class.',
  options: classificationOptions,
  task: ['classification'],
  load: async () => {
    const { classificationMetrics } = await import('./classification.js');
    return ({ perClass = false }, { task }) => {
      if (task.kind === 'classification') return classificationMetrics(task.classes, { perClass });
      throw new InterfuseError('PLUGIN_REQUIREMENT', {
        place: 'evaluation.metrics.use',
        expected: 'a classification task',
        got: 'a regression task',
        remedy: 'Use metrics for regression: sentiment, sims or regression.',
      });
    };
  },
});
