/** Batch norm (Ioffe and Szegedy 2015, arXiv 1502.03167), with its statistics as state that is passed in and returned. */
import type { Leaf, Pass, Tensors } from '@interfuse/core';
import * as tf from '@tensorflow/tfjs';
import { ones, zeros } from './leaves.js';

export function batchNormLeaves(width: number): { weight: Leaf; bias: Leaf } {
  return { weight: ones([width]), bias: zeros([width]) };
}

/** Running statistics: mean 0 and variance 1 at the start. */
export function batchNormState(width: number): { mean: Leaf; variance: Leaf } {
  return { mean: zeros([width], { train: false }), variance: ones([width], { train: false }) };
}

/**
 * Normalises [..., D] over all axes but the last: by the batch in training, by the running statistics otherwise.
 *
 * As in PyTorch the batch is normalised by the biased variance while the running variance follows the unbiased one;
 * running <- (1 - momentum) running + momentum batch.
 */
export function batchNorm(
  params: Tensors<ReturnType<typeof batchNormLeaves>>,
  state: Tensors<ReturnType<typeof batchNormState>>,
  x: tf.Tensor,
  pass: Pass,
  { epsilon = 1e-5, momentum = 0.1 } = {},
): { values: tf.Tensor; state: { mean: tf.Tensor; variance: tf.Tensor } } {
  const scale = (mean: tf.Tensor, variance: tf.Tensor): tf.Tensor =>
    tf.add(tf.mul(tf.mul(tf.sub(x, mean), tf.rsqrt(tf.add(variance, epsilon))), params.weight), params.bias);
  if (!pass.training) return { values: scale(state.mean, state.variance), state };

  const axes = x.shape.map((_, axis) => axis).slice(0, -1);
  const mean = tf.mean(x, axes); // [D]
  const variance = tf.mean(tf.square(tf.sub(x, mean)), axes); // [D]
  const count = axes.reduce((product, axis) => product * (x.shape[axis] as number), 1);
  const unbiased = tf.mul(variance, count / Math.max(count - 1, 1));
  const follow = (running: tf.Tensor, batch: tf.Tensor): tf.Tensor =>
    tf.add(tf.mul(running, 1 - momentum), tf.mul(batch, momentum));
  return {
    values: scale(mean, variance),
    state: { mean: follow(state.mean, mean), variance: follow(state.variance, unbiased) },
  };
}
