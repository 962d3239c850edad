/** Layer norm (Ba et al. 2016, arXiv 1607.06450) and RMS norm (Zhang and Sennrich 2019, arXiv 1910.07467). */
import type { Leaf } from '@interfuse/core';
import * as tf from '@tensorflow/tfjs';
import { ones, zeros } from './leaves.js';

export function layerNormLeaves(width: number): { weight: Leaf; bias: Leaf } {
  return { weight: ones([width]), bias: zeros([width], { decay: false }) };
}

/** (x - mean) / sqrt(variance + epsilon) * weight + bias over the last axis; the variance is the biased one. */
export function layerNorm(params: { weight: tf.Tensor; bias: tf.Tensor }, x: tf.Tensor, epsilon = 1e-5): tf.Tensor {
  const centred = tf.sub(x, tf.mean(x, -1, true));
  const variance = tf.mean(tf.square(centred), -1, true);
  return tf.add(tf.mul(tf.mul(centred, tf.rsqrt(tf.add(variance, epsilon))), params.weight), params.bias);
}

export function rmsNormLeaves(width: number): { weight: Leaf } {
  return { weight: ones([width]) };
}

/** x / sqrt(mean(x^2) + epsilon) * weight over the last axis. */
export function rmsNorm(params: { weight: tf.Tensor }, x: tf.Tensor, epsilon = 1e-6): tf.Tensor {
  const meanSquare = tf.mean(tf.square(x), -1, true);
  return tf.mul(tf.mul(x, tf.rsqrt(tf.add(meanSquare, epsilon))), params.weight);
}
