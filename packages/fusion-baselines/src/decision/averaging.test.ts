import type { Task } from '@interfuse/core';
import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { averageDecisions, logWeights } from './averaging.js';

beforeAll(() => tf.setBackend('cpu'));

const regression: Task = { kind: 'regression', range: [-3, 3] };
const classification: Task = { kind: 'classification', classes: ['no', 'yes'] };
const rowsOf = (tensor: tf.Tensor): number[][] => tensor.arraySync() as number[][];

function expectRows(actual: tf.Tensor, expected: readonly (readonly number[])[]): void {
  rowsOf(actual).forEach((row, i) => {
    row.forEach((value, j) => {
      expect(value).toBeCloseTo(expected[i]?.[j] as number, 5);
    });
  });
}

describe('weights', () => {
  const scores = tf.tensor1d([0.3, -1, 2]);
  const present = tf.tensor2d([
    [1, 1, 1],
    [1, 0, 1],
    [0, 1, 0],
    [0, 0, 0],
  ]);

  it('sum to one over the modalities that a sample has, and are zero for the others', () => {
    const weights = rowsOf(tf.exp(logWeights(scores, present)));
    for (const row of weights) expect(row.reduce((sum, value) => sum + value, 0)).toBeCloseTo(1, 6);
    expect(weights[1]?.[1]).toBe(0);
    expect(weights[2]).toEqual([0, 1, 0]);
  });

  it('keep their ratios when one is absent', () => {
    const [all, two] = rowsOf(tf.exp(logWeights(scores, present))) as [number[], number[]];
    expect((two[2] as number) / (two[0] as number)).toBeCloseTo((all[2] as number) / (all[0] as number), 4);
  });

  it('are alike where nothing is there', () => {
    expectRows(tf.exp(logWeights(tf.zeros([3]), present)), [
      [1 / 3, 1 / 3, 1 / 3],
      [0.5, 0, 0.5],
      [0, 1, 0],
      [1 / 3, 1 / 3, 1 / 3],
    ]);
  });
});

describe('the average', () => {
  const half = tf.log(tf.tensor2d([[0.5, 0.5]]));

  it('is that of the scores in regression', () => {
    expectRows(averageDecisions(regression, tf.tensor3d([[[2], [-1]]]), half), [[0.5]]);
    expectRows(averageDecisions(regression, tf.tensor3d([[[2], [-1]]]), tf.log(tf.tensor2d([[0.25, 0.75]]))), [
      [-0.25],
    ]);
  });

  it('is that of the probabilities in classification', () => {
    // One is sure of "yes" (0.9) and one says "no" (0.6): (0.1 + 0.6) / 2 and (0.9 + 0.4) / 2.
    const logits = tf.log(
      tf.tensor3d([
        [
          [0.1, 0.9],
          [0.6, 0.4],
        ],
      ]),
    );
    // Logits may be shifted by any number for each modality.
    const shifted = tf.add(logits, tf.tensor3d([[[5], [-3]]]));
    expectRows(tf.softmax(averageDecisions(classification, shifted, half)), [[0.35, 0.65]]);
  });
});
