import type { Leaves, Pass } from '@interfuse/core';
import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { initialValues } from './initial-values.js';
import { createRandom } from './random.js';
import {
  crossLayer,
  crossLayerLeaves,
  selfLayer,
  transformerLayer,
  transformerLayerLeaves,
} from './transformer-layer.js';
import { flattenLeaves, nestTensors } from './trees.js';

beforeAll(() => tf.setBackend('cpu'));

const pass: Pass = {
  training: false,
  epoch: tf.scalar(0, 'int32'),
  random: createRandom(1, tf.scalar(0, 'int32')),
};
const settings = { heads: 2, rate: 0.1, pass };

function started<P extends Leaves>(leaves: P) {
  const values = [...flattenLeaves(leaves)].map(
    ([path, leaf]) => [path, tf.tensor(initialValues(leaf, path, 1), [...leaf.shape])] as const,
  );
  return nestTensors(leaves, Object.fromEntries(values));
}

const waves = (rows: number, phase = 0): tf.Tensor =>
  tf.tensor(
    Float32Array.from({ length: rows * 4 }, (_, i) => Math.sin(i + phase)),
    [1, rows, 4],
  );

const difference = (a: tf.Tensor, b: tf.Tensor): number => tf.max(tf.abs(tf.sub(a, b))).dataSync()[0] as number;

describe('a layer of one sequence', () => {
  it('is a layer that reads itself, where both norms agree', () => {
    const cross = started(crossLayerLeaves(4, 8));
    const { sourceNorm: _, ...own } = cross;
    const x = waves(3);
    expect(difference(transformerLayer(own, x, settings), crossLayer(cross, x, x, settings).values)).toBe(0);
  });

  it('leaves a position that may read nothing to its feed-forward', () => {
    const params = started(transformerLayerLeaves(4, 8));
    const closed = { ...settings, allowed: tf.zeros([1, 1, 1, 3], 'bool') };
    const { values, probabilities } = selfLayer(params, waves(3), closed);
    expect(tf.max(probabilities).dataSync()[0]).toBe(0);
    expect([...values.dataSync()].every(Number.isFinite)).toBe(true);
  });
});

describe('a layer that reads another sequence', () => {
  const params = () => started(crossLayerLeaves(4, 8));

  it('shows what each of its positions reads of the source', () => {
    const { values, probabilities } = crossLayer(params(), waves(3), waves(5, 1), settings);
    expect(values.shape).toEqual([1, 3, 4]);
    expect(probabilities.shape).toEqual([1, 2, 3, 5]);
  });

  it('never mixes its own positions', () => {
    const own = params();
    const source = waves(5, 1);
    const { values: three } = crossLayer(own, waves(3), source, settings);
    const { values: one } = crossLayer(own, waves(1), source, settings);
    expect(difference(tf.slice(three, [0, 0, 0], [1, 1, 4]), one)).toBeLessThan(1e-6);
  });

  it('sees of the source what is allowed', () => {
    const own = params();
    const allowed = tf.tensor([[[[true, true, true, false, false]]]], [1, 1, 1, 5], 'bool');
    const { values: masked } = crossLayer(own, waves(3), waves(5, 1), { ...settings, allowed });
    const { values: cut } = crossLayer(own, waves(3), tf.slice(waves(5, 1), [0, 0, 0], [1, 3, 4]), settings);
    expect(difference(masked, cut)).toBeLessThan(1e-6);
  });
});
