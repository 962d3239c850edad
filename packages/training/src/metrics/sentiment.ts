/**
 * The figures of CMU-MOSI and CMU-MOSEI, whose labels lie in [-3, 3], as MMSA computes them
 * (Mao et al. 2022, arXiv 2203.12441; github.com/thuiar/MMSA).
 *
 * Acc-2 and F1 exist twice: `has-0` takes >= 0 as positive, `non-0` leaves out samples whose label is 0 and takes > 0.
 */
import type { MetricFamily } from '@interfuse/core';
import { accuracy, clip, correlation, meanAbsoluteError, roundHalfToEven, weightedF1 } from './figures.js';

const higher = { better: 'higher', percent: true } as const;

export const sentimentMetrics: MetricFamily = {
  columns: [
    { name: 'Acc-2 (has-0)', ...higher, perSample: true, describe: 'Accuracy of the sign, zero counted as positive' },
    {
      name: 'Acc-2 (non-0)',
      ...higher,
      describe: 'Accuracy of the sign over samples whose label is not zero; not defined if there are none',
    },
    { name: 'F1 (has-0)', ...higher, describe: 'Weighted F1 of the sign, zero counted as positive' },
    {
      name: 'F1 (non-0)',
      ...higher,
      describe: 'Weighted F1 of the sign over samples whose label is not zero; not defined if there are none',
    },
    { name: 'Acc-5', ...higher, perSample: true, describe: 'Accuracy after rounding, both sides clipped to [-2, 2]' },
    { name: 'Acc-7', ...higher, perSample: true, describe: 'Accuracy after rounding, both sides clipped to [-3, 3]' },
    { name: 'MAE', better: 'lower', perSample: true, describe: 'Mean absolute error' },
    { name: 'Corr', better: 'higher', describe: 'Pearson correlation; not defined for constant predictions' },
  ],
  compute(predictions, labels) {
    const notZero = (_: number, row: number): boolean => labels[row] !== 0;
    const sign = (values: Float32Array): number[] => Array.from(values, (value) => Number(value >= 0));
    const strictSign = (values: Float32Array): number[] =>
      Array.from(values.filter(notZero), (value) => Number(value > 0));
    const rounded = (values: Float32Array, limit: number): number[] =>
      Array.from(clip(values, limit), (value) => roundHalfToEven(value));
    return {
      'Acc-2 (has-0)': accuracy(sign(predictions), sign(labels)),
      'Acc-2 (non-0)': accuracy(strictSign(predictions), strictSign(labels)),
      'F1 (has-0)': weightedF1(sign(predictions), sign(labels)),
      'F1 (non-0)': weightedF1(strictSign(predictions), strictSign(labels)),
      'Acc-5': accuracy(rounded(predictions, 2), rounded(labels, 2)),
      'Acc-7': accuracy(rounded(predictions, 3), rounded(labels, 3)),
      MAE: meanAbsoluteError(predictions, labels),
      Corr: correlation(predictions, labels),
    };
  },
};
