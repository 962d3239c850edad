/** Utterance vectors: a sequence as one vector. */
import type { Encoded } from '@interfuse/core';
import { lastReal, maskedMean } from '@interfuse/nn';
import * as tf from '@tensorflow/tfjs';

/** [mean of the real tokens ; last real token]: hidden [B, L, d], mask [B, L] -> [B, 2 d]. */
export function pooledText(hidden: tf.Tensor, mask: tf.Tensor): tf.Tensor {
  return tf.concat([maskedMean(hidden, mask), lastReal(hidden, mask)], 1);
}

/** Mean of the real steps: [B, S, D] -> [B, D]. */
export function pooledStream(encoded: Encoded): tf.Tensor {
  return maskedMean(encoded.values, encoded.mask);
}
