/** Losses: scalars, averaged over what is known; zero, not NaN, where nothing is. */
import type { LabelInput, Task } from '@interfuse/core';
import * as tf from '@tensorflow/tfjs';
import { withGradient } from './custom-gradient.js';

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
 * With a vocabulary for classes, [N, C] is the largest tensor of a step: loss and gradient, softmax - one-hot, are made
 * from the logits and their softmax p, and nothing else of that size. The sum of exp(logit - largest logit) is 1 / max(p),
 * for the largest logit's own term is 1.
 */
export function crossEntropy(logits: tf.Tensor, targets: tf.Tensor, weight: tf.Tensor): tf.Tensor {
  const [count, classes] = logits.shape as [number, number];
  const losses = withGradient(
    [logits],
    (scores, ids) => {
      const places = tf.add(ids as tf.Tensor, tf.mul(tf.range(0, count, 1, 'int32'), tf.scalar(classes, 'int32'))); // [N]
      const logSum = tf.sub(tf.max(scores as tf.Tensor, 1), tf.log(tf.max(tf.softmax(scores as tf.Tensor), 1))); // [N]
      return tf.sub(logSum, tf.gather(tf.reshape(scores as tf.Tensor, [-1]), places as tf.Tensor1D));
    },
    (gradient, scores, ids) => {
      const target = tf.cast(tf.oneHot(ids as tf.Tensor1D, classes), 'float32');
      return [tf.mul(tf.sub(tf.softmax(scores as tf.Tensor), target), tf.expandDims(gradient, 1))];
    },
    [tf.cast(targets, 'int32')],
  ); // [N]
  return weightedMean(losses, weight);
}

/** The task's own loss: mean absolute error for regression (the field's choice), cross-entropy for classification. */
export function taskLoss(task: Task, prediction: tf.Tensor, label: LabelInput): tf.Tensor {
  if (task.kind === 'regression') return absoluteError(prediction, label);
  const batch = prediction.shape[0] as number;
  return crossEntropy(prediction, tf.reshape(label.values, [batch]), tf.cast(label.known, 'float32'));
}
