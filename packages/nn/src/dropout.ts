/** Dropout (Srivastava et al. 2014) with masks from the run's counter-based random numbers. */
import type { Pass } from '@interfuse/core';
import * as tf from '@tensorflow/tfjs';
import { bernoulli } from './random.js';

/** Zeroes each entry with probability `rate` and divides the rest by 1 - rate. The identity outside of training. */
export function dropout(x: tf.Tensor, rate: number, pass: Pass): tf.Tensor {
  const mask = dropoutMask(x.shape, rate, pass);
  return mask ? tf.mul(x, mask) : x;
}

/** What dropout multiplies with: 0 with probability `rate`, else 1 / (1 - rate). Nothing where it does nothing. */
export function dropoutMask(shape: readonly number[], rate: number, pass: Pass): tf.Tensor | undefined {
  if (!pass.training || rate === 0) return undefined;
  return tf.mul(tf.cast(bernoulli(pass.random, shape, 1 - rate), 'float32'), 1 / (1 - rate));
}
