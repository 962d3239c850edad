import { tinyClassification, tinyHost } from '@interfuse/testing';
import * as tf from '@tensorflow/tfjs';
import { beforeAll, expect, it } from 'vitest';
import { createTfn, withinRange } from './module.js';
import { tfn } from './plugin.js';
import { tensorFusion } from './tensor-fusion.js';

beforeAll(() => tf.setBackend('cpu'));

const options = { widths: { '*': 2 }, utteranceDropout: 0, hidden: 4, dropout: 0, bounded: false };

it('the fusion tensor holds all products of features of one, two and three modalities', () => {
  const [text, audio, vision] = [[2, 3], [5], [7, 11]];
  const fused = tensorFusion([text, audio, vision].map((z) => tf.tensor2d([z as number[]])));
  const at = fused.reshape([3, 2, 3]).arraySync() as number[][][];
  // The last position along each axis is the constant 1.
  expect(at).toEqual([
    [
      [2 * 5 * 7, 2 * 5 * 11, 2 * 5],
      [2 * 7, 2 * 11, 2],
    ],
    [
      [3 * 5 * 7, 3 * 5 * 11, 3 * 5],
      [3 * 7, 3 * 11, 3],
    ],
    [
      [5 * 7, 5 * 11, 5],
      [7, 11, 1],
    ],
  ]);
});

it('without a modality the tensor is that of the others, padded with zeros', () => {
  const [text, audio] = [tf.tensor2d([[2, 3]]), tf.tensor2d([[5]])];
  const three = tensorFusion([text, audio, tf.zeros([1, 2])]).reshape([3, 2, 3]);
  const two = tensorFusion([text, audio]).reshape([3, 2]);
  expect(three.slice([0, 0, 2], [3, 2, 1]).reshape([3, 2]).arraySync()).toEqual(two.arraySync());
  expect(tf.sum(tf.abs(three.slice([0, 0, 0], [3, 2, 2]))).dataSync()[0]).toBe(0);
});

it('bounded scores are 6 sigmoid(x) - 3 on the range of the field', () => {
  const scores = withinRange(tf.tensor2d([[-50], [0], [1], [50]]), { kind: 'regression', range: [-3, 3] });
  const [low, middle, one, high] = scores.dataSync() as unknown as [number, number, number, number];
  expect(low).toBeCloseTo(-3, 5);
  expect(middle).toBeCloseTo(0, 5);
  expect(one).toBeCloseTo(6 / (1 + Math.exp(-1)) - 3, 5);
  expect(high).toBeCloseTo(3, 5);
});

it('a bound on classes, and widths for modalities that are not there, are errors', () => {
  const classes = tinyHost(tfn, { task: tinyClassification });
  expect(() => createTfn({ ...options, bounded: true }, classes)).toThrowError(/fusion\.options\.bounded/);
  expect(() => createTfn({ ...options, widths: { '*': 2, smell: 3 } }, tinyHost(tfn))).toThrowError(
    /CONFIG_WRONG_VALUE[\s\S]*text, audio, vision or "\*"[\s\S]*smell/,
  );
  expect(() => createTfn({ ...options, widths: { text: 2, audio: 2 } }, tinyHost(tfn))).toThrowError(
    /a number for vision/,
  );
});
