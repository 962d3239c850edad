/** Which tokens of a text are real. */
import type { TextInput } from '@interfuse/core';
import * as tf from '@tensorflow/tfjs';

/** [B, L] bool; none for a sample without text. */
export function realTokens(text: TextInput): tf.Tensor {
  return tf.logicalAnd(text.mask, tf.expandDims(text.present, 1));
}
