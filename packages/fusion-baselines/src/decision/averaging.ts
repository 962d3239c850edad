/** Convex weights of the modalities that a sample has, and the average of their decisions. Letters: B batch, M modalities. */
import type { Task } from '@interfuse/core';
import * as tf from '@tensorflow/tfjs';

/** Far below any logit, and finite: where nothing is present, all count alike. */
const absent = -1e9;

/**
 * log softmax of the scores over the modalities that are present: [B, M].
 *
 * @param scores [M]
 * @param present [B, M] float32, 0 or 1
 */
export function logWeights(scores: tf.Tensor, present: tf.Tensor): tf.Tensor {
  return tf.logSoftmax(tf.add(scores, tf.mul(tf.sub(1, present), absent)));
}

/**
 * The average of decisions [B, M, outputs]: of the scores in regression; in classification of the probabilities, as
 * logits: log sum_m w_m softmax(logits_m).
 *
 * @param logs logarithms of the weights [B, M]
 */
export function averageDecisions(task: Task, decisions: tf.Tensor, logs: tf.Tensor): tf.Tensor {
  const along = tf.expandDims(logs, -1); // [B, M, 1]
  if (task.kind === 'regression') return tf.sum(tf.mul(decisions, tf.exp(along)), 1);
  return tf.logSumExp(tf.add(tf.logSoftmax(decisions), along), 1);
}
