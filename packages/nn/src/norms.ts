/** Layer norm (Ba et al. 2016, arXiv 1607.06450) and RMS norm (Zhang and Sennrich 2019, arXiv 1910.07467). */
import type { Leaf } from '@interfuse/core';
import * as tf from '@tensorflow/tfjs';
import { withGradient } from './custom-gradient.js';
import { ones, zeros } from './leaves.js';

/** Scale 1 and shift 0: [D] and [D]. */
export function layerNormLeaves(width: number): { weight: Leaf; bias: Leaf } {
  return { weight: ones([width]), bias: zeros([width], { decay: false }) };
}

/** (x - mean) / sqrt(variance + epsilon) * weight + bias over the last axis; the variance is the biased one. */
export function layerNorm(params: { weight: tf.Tensor; bias: tf.Tensor }, x: tf.Tensor, epsilon = 1e-5): tf.Tensor {
  const standardise = (input: tf.Tensor): { normed: tf.Tensor; scale: tf.Tensor } => {
    const centred = tf.sub(input, tf.mean(input, -1, true));
    const scale = tf.rsqrt(tf.add(tf.mean(tf.square(centred), -1, true), epsilon));
    return { normed: tf.mul(centred, scale), scale };
  };
  const normed = withGradient(
    [x],
    (input) => standardise(input).normed,
    // scale (g - mean(g) - n mean(g n)), n being the normed input.
    (gradient, input) => {
      const { normed: n, scale } = standardise(input);
      const along = tf.mul(n, tf.mean(tf.mul(gradient, n), -1, true));
      return [tf.mul(tf.sub(tf.sub(gradient, tf.mean(gradient, -1, true)), along), scale)];
    },
  );
  return tf.add(tf.mul(normed, params.weight), params.bias);
}

/** Scale 1: [D]. */
export function rmsNormLeaves(width: number): { weight: Leaf } {
  return { weight: ones([width]) };
}

/** x / sqrt(mean(x^2) + epsilon) * weight over the last axis. */
export function rmsNorm(params: { weight: tf.Tensor }, x: tf.Tensor, epsilon = 1e-6): tf.Tensor {
  const scaleOf = (input: tf.Tensor): tf.Tensor => tf.rsqrt(tf.add(tf.mean(tf.square(input), -1, true), epsilon));
  const normed = withGradient(
    [x],
    (input) => tf.mul(input, scaleOf(input)),
    // scale (g - n mean(g n)), n being the normed input.
    (gradient, input) => {
      const scale = scaleOf(input);
      const n = tf.mul(input, scale);
      return [tf.mul(tf.sub(gradient, tf.mul(n, tf.mean(tf.mul(gradient, n), -1, true))), scale)];
    },
  );
  return tf.mul(normed, params.weight);
}
