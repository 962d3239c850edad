/** Metrics that are wrong in one way each. */
import { defineMetric, type MetricFamily, type MetricPlugin } from '@interfuse/core';
import type { Faulty } from './faulty.test-support.js';

type Compute = MetricFamily['compute'];

const error: Compute = (predictions, labels) => {
  const sum = predictions.reduce((total, prediction, i) => total + Math.abs(prediction - (labels[i] as number)), 0);
  return { Error: sum / labels.length };
};

/** The mean absolute error. */
const family: MetricFamily = {
  columns: [{ name: 'Error', better: 'lower', describe: 'Mean absolute error' }],
  compute: error,
};

export const soundMetric: MetricPlugin = defineMetric({
  id: 'sound',
  version: '0.1.0',
  apiVersion: 1,
  title: 'Sound',
  summary: 'Keeps every promise.',
  task: ['regression'],
  options: { type: 'object', additionalProperties: false, properties: {} },
  load: async () => () => family,
});

function withFamily(changes: Partial<MetricFamily>): MetricPlugin {
  return { ...soundMetric, load: async () => () => ({ ...family, ...changes }) };
}

let seen = 0;

export const faultyMetrics: { readonly [fault: string]: Faulty<MetricPlugin> } = {
  'is for no task that there is': {
    plugin: { ...soundMetric, task: ['ranking' as 'regression'] },
    claim: 'the manifest is complete, and its id, version and interface are in order',
  },
  'computes a figure that is no column': {
    plugin: withFamily({ compute: (...samples) => ({ ...error(...samples), Other: 0 }) }),
    claim: 'it computes the columns that it declares, each with a direction and a description',
  },
  'describes a column with nothing': {
    plugin: withFamily({ columns: [{ name: 'Error', better: 'lower', describe: ' ' }] }),
    claim: 'it computes the columns that it declares, each with a direction and a description',
  },
  'takes a large error for a good one': {
    plugin: withFamily({ columns: [{ name: 'Error', better: 'higher', describe: 'Mean absolute error' }] }),
    claim: 'the nearer the predictions, the better every figure, and perfect ones are best',
  },
  'compares sorted predictions with unsorted labels': {
    plugin: withFamily({ compute: (predictions, labels) => error(predictions.slice().sort(), labels) }),
    claim: 'the order of the samples never matters',
    also: {
      claims: ['the nearer the predictions, the better every figure, and perfect ones are best'],
      because: 'perfect predictions are sorted, too, and then far from their labels',
    },
  },
  'divides by the spread of the labels': {
    plugin: withFamily({
      compute(predictions, labels) {
        const spread = Math.max(...labels) - Math.min(...labels);
        return { Error: (error(predictions, labels).Error as number) / spread };
      },
    }),
    claim: 'figures are finite, or not defined where their description says so',
  },
  'sorts the labels in place': {
    plugin: withFamily({
      compute(predictions, labels) {
        const figures = error(predictions, labels);
        labels.sort();
        return figures;
      },
    }),
    claim: 'it leaves predictions and labels as they are, and keeps nothing between calls',
  },
  'averages over all calls': {
    plugin: withFamily({
      compute(predictions, labels) {
        seen += 1;
        return { Error: (error(predictions, labels).Error as number) * (1 + seen / 1000) };
      },
    }),
    claim: 'it leaves predictions and labels as they are, and keeps nothing between calls',
    also: { claims: ['the order of the samples never matters'], because: 'the second call is of other samples' },
  },
};
