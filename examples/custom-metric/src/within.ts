/** A metric plugin of one file: how many predictions lie within a tolerance of the label, and the largest error. */
import { defineMetric } from '@interfuse/core';

export const within = defineMetric({
  id: '@example/within',
  version: '0.1.0',
  apiVersion: 1,
  title: 'Within a tolerance',
  summary: 'Share of predictions within a tolerance of the label, and the largest error.',
  task: ['regression'],
  options: {
    type: 'object',
    additionalProperties: false,
    properties: {
      tolerance: { description: 'The largest error that counts as right.', type: 'number', minimum: 0, default: 0.5 },
    },
  },
  load:
    async () =>
    ({ tolerance = 0.5 }) => ({
      columns: [
        { name: 'Within', better: 'higher', percent: true, describe: `Share of errors of at most ${tolerance}` },
        { name: 'Largest error', better: 'lower', describe: 'Largest absolute error' },
      ],
      compute(predictions, labels) {
        const errors = Array.from(labels, (label, row) => Math.abs((predictions[row] as number) - label));
        return {
          Within: errors.filter((error) => error <= tolerance).length / errors.length,
          'Largest error': errors.sort((one, other) => other - one)[0] ?? Number.NaN,
        };
      },
    }),
});

export const plugins = [within];
