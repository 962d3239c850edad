/** The shift of MAG against its formula, and its bound. */
import { createRandom, flattenLeaves, initialValues, nestTensors } from '@interfuse/nn';
import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { adaptationGate, gateLeaves } from './adaptation-gate.js';

beforeAll(() => tf.setBackend('cpu'));

const widths = { audio: 3, vision: 2 };
const width = 4;
const [batch, length] = [2, 5];
const pass = { training: false, epoch: tf.scalar(0, 'int32'), random: createRandom(1, tf.scalar(0, 'int32')) };

function parameters() {
  const leaves = gateLeaves(widths, width);
  const values = [...flattenLeaves(leaves)].map(([path, leaf]) => [
    path,
    tf.tensor(initialValues(leaf, path, 1), [...leaf.shape]),
  ]);
  return nestTensors(leaves, Object.fromEntries(values));
}

const numbers = (shape: [number, number, number], scale: number): tf.Tensor =>
  tf.tensor3d(
    Float32Array.from({ length: shape[0] * shape[1] * shape[2] }, (_, i) => scale * Math.sin(1 + i)),
    shape,
  );
const masked = (values: tf.Tensor, open: boolean) => ({ values, mask: tf.fill([batch, length], open ? 1 : 0, 'bool') });
const streams = (scale: number, open = true) => ({
  audio: masked(numbers([batch, length, 3], scale), open),
  vision: masked(numbers([batch, length, 2], scale), open),
});
const words = numbers([batch, length, width], 1);
const lengths = (x: tf.Tensor): number[] => [...tf.norm(x, 2, 2).dataSync()];

describe('the adaptation gate', () => {
  it.each([0.5, 1, 3])('never shifts a word further than beta = %s times its length', (beta) => {
    const { hidden, alpha } = adaptationGate(parameters(), words, streams(1e3), { beta, dropout: 0 }, pass);
    const far = lengths(tf.sub(hidden, words));
    lengths(words).forEach((own, i) => {
      expect(far[i]).toBeLessThanOrEqual(beta * own * (1 + 1e-5));
    });
    // What is heard is loud: the bound is reached, and alpha is what reaches it.
    expect(Math.max(...far.map((each, i) => each / (lengths(words)[i] as number)))).toBeCloseTo(beta, 4);
    expect(Math.max(...alpha.dataSync())).toBeLessThan(1);
  });

  it('is the formula where the bound is far', () => {
    const params = parameters();
    const heard = streams(0.1);
    const { hidden, alpha } = adaptationGate(params, words, heard, { beta: 1e6, dropout: 0 }, pass);
    expect([...alpha.dataSync()]).toEqual(new Array(batch * length).fill(1));
    // By hand, for the first word of the first sample; the norm of its four numbers has weight 1 and bias 0.
    const z = [...words.dataSync().slice(0, width)];
    const mean = z.reduce((sum, value) => sum + value, 0) / width;
    const deviation = Math.sqrt(z.reduce((sum, value) => sum + (value - mean) ** 2, 0) / width + 1e-5);
    const normed = z.map((value) => (value - mean) / deviation);
    const apply = (weight: tf.Tensor, bias: tf.Tensor, x: number[]): number[] =>
      [...bias.dataSync()].map((start, i) =>
        x.reduce((sum, value, j) => sum + value * (weight.dataSync()[i * x.length + j] as number), start),
      );
    const shift = new Array<number>(width).fill(0);
    for (const [name, inputs] of Object.entries(widths)) {
      const own = params.streams[name] as (typeof params.streams)[string];
      const v = [...(heard[name as keyof typeof heard].values.dataSync().slice(0, inputs) as Float32Array)];
      const gate = apply(own.gate.weight, own.gate.bias, [...v, ...normed]).map((value) => Math.max(value, 0));
      apply(own.value.weight, own.value.bias, v).forEach((value, i) => {
        shift[i] = (shift[i] as number) + value * (gate[i] as number);
      });
    }
    [...hidden.dataSync().slice(0, width)].forEach((value, i) => {
      expect(value).toBeCloseTo((z[i] as number) + (shift[i] as number), 5);
    });
  });

  it('leaves words alone while which nothing is heard, and has a gradient there', () => {
    const params = parameters();
    const silent = streams(1, false);
    const { hidden } = adaptationGate(params, words, silent, { beta: 1, dropout: 0 }, pass);
    expect([...hidden.dataSync()]).toEqual([...words.dataSync()]);
    const gradient = tf.grad((x) => adaptationGate(params, x, silent, { beta: 1, dropout: 0 }, pass).hidden)(words);
    expect([...gradient.dataSync()]).toEqual(new Array(batch * length * width).fill(1));
  });
});
