import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  type AttendSettings,
  attend,
  crossEntropy,
  gelu,
  geluTanh,
  layerNorm,
  rmsNorm,
  silu,
  valueAndGradients,
} from './index.js';

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

/** The rows attend to each other, being queries, keys and values at once. */
function selfAttended(input: tf.Tensor, settings: AttendSettings): tf.Tensor {
  const heads = tf.reshape(input, [1, 1, rows, width]);
  return attend(heads, tf.mul(heads, 0.7), tf.sin(heads), settings).values;
}

/** The first row reads nothing, the second the first two, the third all. */
const allowed = tf.tensor4d([0, 0, 0, 1, 1, 0, 1, 1, 1], [1, 1, rows, rows], 'bool');

/** Random numbers that are the same at every draw: half of the probabilities drop out. */
const pass: NonNullable<AttendSettings['pass']> = {
  training: true,
  epoch: tf.scalar(0, 'int32'),
  random: {
    uniform: (shape) => tf.reshape(tf.tensor1d([0.1, 0.9, 0.2, 0.3, 0.8, 0.7, 0.4, 0.6, 0.1]), [...shape]),
    fork: () => pass.random,
  },
};

const functions: Record<string, (x: tf.Tensor) => tf.Tensor> = {
  gelu,
  geluTanh,
  silu,
  'layer norm': (input) => layerNorm({ weight, bias }, input),
  'RMS norm': (input) => rmsNorm({ weight }, input),
  attention: (input) => selfAttended(input, {}),
  'attention where it is allowed': (input) => selfAttended(input, { allowed }),
  'attention with dropout': (input) => selfAttended(input, { allowed, dropout: 0.5, pass }),
  'attention under a soft cap': (input) => selfAttended(input, { allowed, softCap: 0.8, dropout: 0.5, pass }),
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
