/** Multi-head scaled dot-product attention (Vaswani et al. 2017, arXiv 1706.03762) that returns its probabilities. */
import type { Leaf, Pass, Tensors } from '@interfuse/core';
import * as tf from '@tensorflow/tfjs';
import { withGradient } from './custom-gradient.js';
import { dropoutMask } from './dropout.js';
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
  /** c: scores s become c tanh(s / c), which keeps them within (-c, c) (Gemma 2, arXiv 2408.00118, section 2). */
  readonly softCap?: number | undefined;
  /** Rate of dropout on the probabilities. */
  readonly dropout?: number;
  readonly pass?: Pass;
}

/**
 * softmax(scale * q k^T) v over heads, the scores under a soft cap if there is one.
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
  const { allowed, scale = 1 / Math.sqrt(query.shape[3] as number), softCap, dropout: rate = 0, pass } = settings;
  const scaled = tf.mul(query, scale);
  const open = allowed && tf.cast(allowed, 'float32');
  // A finite penalty keeps rows that are closed throughout finite; they are made zero afterwards.
  const penalty = open && tf.mul(tf.sub(1, open), -1e9);
  const reads = open && tf.max(open, -1, true); // 1 where a query may read anything
  const { probabilities } = attentionProbabilities(scaled, key, penalty, softCap);
  const keep = pass && dropoutMask(probabilities.shape, rate, pass);
  const values = weightedValues(scaled, key, value, { penalty, keep, softCap });
  return {
    // Broadcast once for all layers of a model: multiplying by single columns is slow.
    values: reads ? tf.mul(values, tf.broadcastTo(reads, values.shape)) : values,
    probabilities: reads ? tf.mul(probabilities, reads) : probabilities,
  };
}

/** softmax(q k^T + penalty), [B, H, Tq, Tk], and the tanh of the soft cap, if there is one. */
function attentionProbabilities(
  query: tf.Tensor,
  key: tf.Tensor,
  penalty: tf.Tensor | undefined,
  softCap: number | undefined,
): { probabilities: tf.Tensor; tanh?: tf.Tensor } {
  const product = tf.matMul(query, key, false, true);
  const tanh = softCap === undefined ? undefined : tf.tanh(tf.mul(product, 1 / softCap));
  const scores = tanh && softCap !== undefined ? tf.mul(tanh, softCap) : product;
  return { probabilities: tf.softmax(penalty ? tf.add(scores, penalty) : scores), ...(tanh ? { tanh } : {}) };
}

interface WeightedValuesSettings {
  readonly penalty: tf.Tensor | undefined;
  readonly keep: tf.Tensor | undefined;
  readonly softCap: number | undefined;
}

/**
 * P v with P = softmax(q k^T + penalty), times the mask of dropout: [B, H, Tq, D/H].
 *
 * Its gradient is that of FlashAttention (Dao et al. 2022, arXiv 2205.14135, section 3.1): the sum that the softmax needs
 * for each query, of P times its gradient over all keys, is that of the value times its own over the width of a head.
 */
function weightedValues(
  query: tf.Tensor,
  key: tf.Tensor,
  value: tf.Tensor,
  { penalty, keep, softCap }: WeightedValuesSettings,
): tf.Tensor {
  const constants = [penalty, keep].filter((tensor) => tensor !== undefined);
  const compute = (tensors: readonly tf.Tensor[]) => {
    const [q, k, v, ...rest] = tensors as [tf.Tensor, tf.Tensor, tf.Tensor, ...tf.Tensor[]];
    const { probabilities, tanh } = attentionProbabilities(q, k, penalty && rest[0], softCap);
    const mask = keep && (rest.at(-1) as tf.Tensor);
    return { q, k, v, probabilities, tanh, mask, weights: mask ? tf.mul(probabilities, mask) : probabilities };
  };
  return withGradient(
    [query, key, value],
    (...tensors) => {
      const { v, weights } = compute(tensors);
      return tf.matMul(weights, v);
    },
    (gradient, ...tensors) => {
      const { q, k, v, probabilities, tanh, mask, weights } = compute(tensors);
      const sums = tf.sum(tf.mul(gradient, tf.matMul(weights, v)), -1, true); // [B, H, Tq, 1]
      const ofWeights = tf.matMul(gradient, v, false, true); // [B, H, Tq, Tk]
      const ofProbabilities = mask ? tf.mul(ofWeights, mask) : ofWeights;
      const ofScores = tf.mul(tf.sub(ofProbabilities, sums), probabilities);
      const ofProduct = tanh ? tf.mul(ofScores, tf.sub(1, tf.square(tanh))) : ofScores;
      return [tf.matMul(ofProduct, k), tf.matMul(ofProduct, q, true), tf.matMul(weights, gradient, true)];
    },
    constants,
  );
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
  return crossAttention(params, x, x, heads, settings);
}

/**
 * Attention from queries [B, Tq, D] to a source of the same width [B, Tk, D].
 *
 * @param settings.allowed bool, broadcastable to [B, 1, Tq, Tk]
 * @returns [B, Tq, D] and the probabilities [B, H, Tq, Tk]
 */
export function crossAttention(
  params: Tensors<SelfAttentionLeaves>,
  queries: tf.Tensor,
  source: tf.Tensor,
  heads: number,
  settings: AttendSettings = {},
): { values: tf.Tensor; probabilities: tf.Tensor } {
  const { values, probabilities } = attend(
    splitHeads(linear(params.query, queries), heads),
    splitHeads(linear(params.key, source), heads),
    splitHeads(linear(params.value, source), heads),
    settings,
  );
  return { values: linear(params.output, mergeHeads(values)), probabilities };
}
