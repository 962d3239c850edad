/** Embedding: rows of a table by id. */
import type { Leaf } from '@interfuse/core';
import * as tf from '@tensorflow/tfjs';
import { normal } from './leaves.js';

/** A table [rows, D], normal with deviation 0.02 as in GPT-2. */
export function embeddingLeaves(rows: number, width: number): { weight: Leaf } {
  return { weight: normal([rows, width], 0.02) };
}

/** ids [...] int32 -> [..., D]. */
export function embed(params: { weight: tf.Tensor }, ids: tf.Tensor): tf.Tensor {
  return tf.gather(params.weight, ids as tf.Tensor1D);
}
