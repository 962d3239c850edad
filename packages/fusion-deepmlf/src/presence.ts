/** Which samples of a batch have what a head reads. */
import type { Batch } from '@interfuse/core';
import * as tf from '@tensorflow/tfjs';

/** [B] bool. */
export function hasText({ text, rows }: Batch): tf.Tensor {
  return text?.present ?? tf.zeros(rows.shape, 'bool');
}

/** [B] bool: at least one stream. */
export function hasStream({ streams, rows }: Batch): tf.Tensor {
  const none = tf.zeros(rows.shape, 'bool');
  return Object.values(streams).reduce<tf.Tensor>((any, { present }) => tf.logicalOr(any, present), none);
}
