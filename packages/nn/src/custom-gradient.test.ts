import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { crossEntropy, gelu, geluTanh, layerNorm, rmsNorm, silu, valueAndGradients } from './index.js';

beforeAll(() => tf.setBackend('cpu'));

const rows = 3;
const width = 5;
const x = tf.tensor2d(
  Float32Array.from({ length: rows * width }, (_, i) => 1.5 * Math.sin(3 * i + 1)),
  [rows, width],
);
const weight = tf.tensor1d([0.5, -1, 2, 1, 0.3]);
const bias = tf.tensor1d([0.1, 0.2, -0.3, 0, 1]);
const targets = tf.tensor1d([4, 0, 2], 'int32');

const functions: Record<string, (x: tf.Tensor) => tf.Tensor> = {
  gelu,
  geluTanh,
  silu,
  'layer norm': (input) => layerNorm({ weight, bias }, input),
  'RMS norm': (input) => rmsNorm({ weight }, input),
  'cross-entropy': (input) => crossEntropy(input, targets, tf.tensor1d([1, 0, 1])),
};

describe('a gradient written by hand', () => {
  it.each(Object.keys(functions))('of %s is the slope of the function', (name) => {
    const f = (input: tf.Tensor): tf.Tensor => {
      const y = (functions[name] as (x: tf.Tensor) => tf.Tensor)(input);
      return tf.sum(tf.mul(y, tf.reshape(tf.cos(tf.range(0, y.size)), y.shape)));
    };
    const { gradients } = valueAndGradients(({ input }) => ({ value: f(input as tf.Tensor), rest: {} }), { input: x });
    const got = gradients.input?.dataSync() as Float32Array;
    const h = 0.01;
    for (let i = 0; i < rows * width; i += 1) {
      const moved = (by: number): number => {
        const values = Float32Array.from(x.dataSync());
        values[i] = (values[i] as number) + by;
        return f(tf.tensor2d(values, [rows, width])).dataSync()[0] as number;
      };
      // Central difference of fourth order: its error is some 1e-4 in single precision.
      const slope = (8 * (moved(h) - moved(-h)) - (moved(2 * h) - moved(-2 * h))) / (12 * h);
      expect(Math.abs((got[i] as number) - slope), `entry ${i}: ${got[i]}, slope ${slope}`).toBeLessThan(5e-4);
    }
  });
});
