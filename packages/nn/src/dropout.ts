/** Dropout (Srivastava et al. 2014) with masks from the run's counter-based random numbers. */
import type { Pass } from '@interfuse/core';
import * as tf from '@tensorflow/tfjs';
import { bernoulli } from './random.js';

/** Zeroes each entry with probability `rate` and divides the rest by 1 - rate. The identity outside of training. */
export function dropout(x: tf.Tensor, rate: number, pass: Pass): tf.Tensor {
  if (!pass.training || rate === 0) return x;
  const keep = tf.cast(bernoulli(pass.random, x.shape, 1 - rate), 'float32');
  return tf.mul(x, tf.mul(keep, 1 / (1 - rate)));
}
