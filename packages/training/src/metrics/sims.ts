/**
 * The figures of CH-SIMS, whose labels lie in [-1, 1], as MMSA computes them
 * (Mao et al. 2022, arXiv 2203.12441; github.com/thuiar/MMSA).
 *
 * Everything, MAE and Corr included, is computed after clipping both sides to [-1, 1].
 */
import type { MetricFamily } from '@interfuse/core';
import { accuracy, clip, correlation, meanAbsoluteError, weightedF1 } from './figures.js';

/** Inner edges of the classes, which are closed on the right. */
const edges = { two: [0], three: [-0.1, 0.1], five: [-0.7, -0.1, 0.1, 0.7] } as const;

const higher = { better: 'higher', percent: true } as const;

export const simsMetrics: MetricFamily = {
  columns: [
    { name: 'Acc-2', ...higher, perSample: true, describe: 'Accuracy of two classes, parted at 0' },
    { name: 'Acc-3', ...higher, perSample: true, describe: 'Accuracy of three classes, parted at -0.1 and 0.1' },
    {
      name: 'Acc-5',
      ...higher,
      perSample: true,
      describe: 'Accuracy of five classes, parted at -0.7, -0.1, 0.1 and 0.7',
    },
    { name: 'F1', ...higher, describe: 'Weighted F1 of the two classes' },
    { name: 'MAE', better: 'lower', perSample: true, describe: 'Mean absolute error, both sides clipped to [-1, 1]' },
    {
      name: 'Corr',
      better: 'higher',
      describe: 'Pearson correlation, both sides clipped to [-1, 1]; not defined for constant predictions',
    },
  ],
  compute(predictions, labels) {
    const clipped = clip(predictions, 1);
    const truth = clip(labels, 1);
    const agreement = (kind: keyof typeof edges): number =>
      accuracy(classesOf(clipped, edges[kind]), classesOf(truth, edges[kind]));
    return {
      'Acc-2': agreement('two'),
      'Acc-3': agreement('three'),
      'Acc-5': agreement('five'),
      F1: weightedF1(classesOf(clipped, edges.two), classesOf(truth, edges.two)),
      MAE: meanAbsoluteError(clipped, truth),
      Corr: correlation(clipped, truth),
    };
  },
};

/** The number of edges below each value. Edges are compared as float32, so that a label of 0.1 lies on its edge. */
function classesOf(values: Float32Array, parted: readonly number[]): number[] {
  return Array.from(values, (value) => parted.filter((edge) => value > Math.fround(edge)).length);
}
