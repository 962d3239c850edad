/** Batch norm (Ioffe and Szegedy 2015, arXiv 1502.03167), with its statistics as state that is passed in and returned. */
import type { Leaf, Pass, Tensors } from '@interfuse/core';
import * as tf from '@tensorflow/tfjs';
import { ones, zeros } from './leaves.js';

/** Scale 1 and shift 0 for each of the features: [D] and [D]. */
export function batchNormLeaves(width: number): { weight: Leaf; bias: Leaf } {
  return { weight: ones([width]), bias: zeros([width], { decay: false }) };
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
 *
 * @param settings.weight 0 or 1, broadcastable to [..., 1]: which vectors the statistics count; a batch of which none
 *   counts leaves the running statistics alone. Default: all
 */
export function batchNorm(
  params: Tensors<ReturnType<typeof batchNormLeaves>>,
  state: Tensors<ReturnType<typeof batchNormState>>,
  x: tf.Tensor,
  pass: Pass,
  { epsilon = 1e-5, momentum = 0.1, weight }: { epsilon?: number; momentum?: number; weight?: tf.Tensor } = {},
): { values: tf.Tensor; state: { mean: tf.Tensor; variance: tf.Tensor } } {
  const scale = (mean: tf.Tensor, variance: tf.Tensor): tf.Tensor =>
    tf.add(tf.mul(tf.mul(tf.sub(x, mean), tf.rsqrt(tf.add(variance, epsilon))), params.weight), params.bias);
  if (!pass.training) return { values: scale(state.mean, state.variance), state };

  const axes = x.shape.map((_, axis) => axis).slice(0, -1);
  const counted = tf.mul(weight ?? 1, tf.ones([...x.shape.slice(0, -1), 1])); // [..., 1]
  const count = tf.sum(counted);
  const average = (values: tf.Tensor): tf.Tensor => tf.div(tf.sum(tf.mul(values, counted), axes), tf.maximum(count, 1)); // [D]
  const mean = average(x);
  const variance = average(tf.square(tf.sub(x, mean)));
  const unbiased = tf.mul(variance, tf.div(count, tf.maximum(tf.sub(count, 1), 1)));
  const rate = tf.mul(tf.minimum(count, 1), momentum);
  const follow = (running: tf.Tensor, batch: tf.Tensor): tf.Tensor =>
    tf.add(running, tf.mul(tf.sub(batch, running), rate));
  return {
    values: scale(mean, variance),
    state: { mean: follow(state.mean, mean), variance: follow(state.variance, unbiased) },
  };
}
