/** Multi-head scaled dot-product attention (Vaswani et al. 2017, arXiv 1706.03762) that returns its probabilities. */
import type { Leaf, Pass, Tensors } from '@interfuse/core';
import * as tf from '@tensorflow/tfjs';
import { dropout } from './dropout.js';
import { linear, linearLeaves } from './linear.js';

/** [B, T, D] -> [B, H, T, D/H]. */
export function splitHeads(x: tf.Tensor, heads: number): tf.Tensor {
  const [batch, time, width] = x.shape as [number, number, number];
  return tf.transpose(tf.reshape(x, [batch, time, heads, width / heads]), [0, 2, 1, 3]);
}

/** [B, H, T, D/H] -> [B, T, D]. */
export function mergeHeads(x: tf.Tensor): tf.Tensor {
  const [batch, heads, time, width] = x.shape as [number, number, number, number];
  return tf.reshape(tf.transpose(x, [0, 2, 1, 3]), [batch, time, heads * width]);
}

export interface AttendSettings {
  /** Bool, broadcastable to [B, H, Tq, Tk]: true where the query may read the key. Default: everything. */
  readonly allowed?: tf.Tensor | undefined;
  /** Scores are multiplied by this. Default: 1 / sqrt(D/H). */
  readonly scale?: number;
  /** Rate of dropout on the probabilities. */
  readonly dropout?: number;
  readonly pass?: Pass;
}

/**
 * softmax(scale * q k^T) v over heads.
 *
 * @param query [B, H, Tq, D/H]; key, value [B, H, Tk, D/H]
 * @returns values [B, H, Tq, D/H] and probabilities [B, H, Tq, Tk] (before dropout). A query that may read nothing gets
 *   probabilities and values of zero, never NaN.
 */
export function attend(
  query: tf.Tensor,
  key: tf.Tensor,
  value: tf.Tensor,
  settings: AttendSettings = {},
): { values: tf.Tensor; probabilities: tf.Tensor } {
  const { allowed, scale = 1 / Math.sqrt(query.shape[3] as number) } = settings;
  const scores = tf.matMul(tf.mul(query, scale), key, false, true); // [B, H, Tq, Tk]
  let probabilities: tf.Tensor;
  if (allowed) {
    const open = tf.cast(allowed, 'float32');
    // A finite penalty keeps rows that are closed throughout finite; the product then makes them zero.
    const penalty = tf.mul(tf.sub(1, open), -1e9);
    probabilities = tf.mul(tf.softmax(tf.add(scores, penalty)), open);
  } else {
    probabilities = tf.softmax(scores);
  }
  const weights =
    settings.dropout && settings.pass ? dropout(probabilities, settings.dropout, settings.pass) : probabilities;
  return { values: tf.matMul(weights, value), probabilities };
}

export type SelfAttentionLeaves = ReturnType<typeof selfAttentionLeaves>;

/** Query, key, value and output projections, [width, width] each, with biases. */
export function selfAttentionLeaves(width: number) {
  const projection = (): { weight: Leaf; bias: Leaf } => linearLeaves(width, width);
  const key = projection();
  const inert = 'adds the same to all scores of a query, which the softmax cancels';
  return {
    query: projection(),
    key: { ...key, bias: { ...key.bias, inert } },
    value: projection(),
    output: projection(),
  };
}

/**
 * Self-attention over x [B, T, D].
 *
 * @param settings.allowed bool, broadcastable to [B, 1, T, T]
 * @returns [B, T, D] and the probabilities [B, H, T, T]
 */
export function selfAttention(
  params: Tensors<SelfAttentionLeaves>,
  x: tf.Tensor,
  heads: number,
  settings: AttendSettings = {},
): { values: tf.Tensor; probabilities: tf.Tensor } {
  const { values, probabilities } = attend(
    splitHeads(linear(params.query, x), heads),
    splitHeads(linear(params.key, x), heads),
    splitHeads(linear(params.value, x), heads),
    settings,
  );
  return { values: linear(params.output, mergeHeads(values)), probabilities };
}
