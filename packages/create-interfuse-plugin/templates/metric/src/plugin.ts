/** A family of two figures, in one file: how many predictions lie within a tolerance of the label, and the median error. */
import { defineMetric } from '@interfuse/core';

const options = {
  type: 'object',
  additionalProperties: false,
  properties: {
    tolerance: { description: 'The largest error that counts as right.', type: 'number', minimum: 0, default: 0.5 },
  },
} as const;

export const templateNamePlugin = defineMetric({
  id: '@scope/template-name',
  version: '0.1.0',
  apiVersion: 1,
  title: 'Template name',
  summary: 'Share of predictions within a tolerance of the label, and the median error.',
  task: ['regression'],
  options,
  load:
    async () =>
    ({ tolerance = 0.5 }) => ({
      columns: [
        { name: 'Within', better: 'higher', percent: true, describe: `Share of errors of at most ${tolerance}` },
        { name: 'Median error', better: 'lower', describe: 'Median of the absolute errors' },
      ],
      compute(predictions, labels) {
        const errors = Array.from(labels, (label, row) => Math.abs((predictions[row] as number) - label));
        return {
          Within: errors.filter((error) => error <= tolerance).length / errors.length,
          'Median error': median(errors),
        };
      },
    }),
});

/** NaN of nothing. */
function median(values: readonly number[]): number {
  const sorted = [...values].sort((one, other) => one - other);
  const middle = sorted.slice(Math.floor((sorted.length - 1) / 2), Math.floor(sorted.length / 2) + 1);
  return middle.reduce((sum, value) => sum + value, 0) / middle.length;
}
