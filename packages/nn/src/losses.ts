/** Losses: scalars, averaged over what is known; zero, not NaN, where nothing is. */
import type { LabelInput, Task } from '@interfuse/core';
import * as tf from '@tensorflow/tfjs';

/** sum(values * weight) / max(sum(weight), 1), with the weight broadcast over the trailing axes. */
export function weightedMean(values: tf.Tensor, weight: tf.Tensor): tf.Tensor {
  const broad = tf.mul(weight, tf.onesLike(values));
  return tf.div(tf.sum(tf.mul(values, broad)), tf.maximum(tf.sum(broad), 1));
}

/** Mean |prediction - label| over the known labels; prediction [B, 1] or, for one guess per token, [B, N, 1]. */
export function absoluteError(prediction: tf.Tensor, label: LabelInput): tf.Tensor {
  const extra = prediction.rank - 2;
  const batch = prediction.shape[0] as number;
  const target = tf.reshape(label.values, [batch, ...new Array<number>(extra).fill(1), 1]);
  const known = tf.reshape(tf.cast(label.known, 'float32'), [batch, ...new Array<number>(extra).fill(1), 1]);
  return weightedMean(tf.abs(tf.sub(prediction, target)), known);
}

/**
 * Mean cross-entropy of logits [N, C] with class ids [N] int32 over the entries of weight 1 (weights [N], 0 or 1).
 *
 * The picked entry comes from a comparison with 0 to C-1, since `gather` along the last axis has no gradient everywhere.
 */
export function crossEntropy(logits: tf.Tensor, targets: tf.Tensor, weight: tf.Tensor): tf.Tensor {
  const classes = logits.shape[1] as number;
  const picked = tf.oneHot(tf.cast(targets, 'int32') as tf.Tensor1D, classes);
  const losses = tf.neg(tf.sum(tf.mul(tf.cast(picked, 'float32'), tf.logSoftmax(logits)), 1)); // [N]
  return weightedMean(losses, weight);
}

/** The task's own loss: mean absolute error for regression (the field's choice), cross-entropy for classification. */
export function taskLoss(task: Task, prediction: tf.Tensor, label: LabelInput): tf.Tensor {
  if (task.kind === 'regression') return absoluteError(prediction, label);
  const batch = prediction.shape[0] as number;
  return crossEntropy(prediction, tf.reshape(label.values, [batch]), tf.cast(label.known, 'float32'));
}
