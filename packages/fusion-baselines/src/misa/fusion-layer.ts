/** One post-norm transformer layer (Vaswani et al. 2017, arXiv 1706.03762) over the six vectors of MISA. */
import type { Pass, Tensors } from '@interfuse/core';
import {
  dropout,
  feedForward,
  feedForwardLeaves,
  inFork,
  layerNorm,
  layerNormLeaves,
  selfAttention,
  selfAttentionLeaves,
} from '@interfuse/nn';
import * as tf from '@tensorflow/tfjs';

export function fusionLayerLeaves(width: number, hidden: number) {
  return {
    attention: selfAttentionLeaves(width),
    attentionNorm: layerNormLeaves(width),
    feedForward: feedForwardLeaves(width, hidden),
    feedForwardNorm: layerNormLeaves(width),
  };
}

export interface FusionLayerSettings {
  readonly heads: number;
  /** Rate of every dropout. */
  readonly rate: number;
  readonly pass: Pass;
}

/**
 * norm(y + feedForward(y)) with y = norm(x + attention(x)).
 *
 * @param x [B, V, width]
 * @param present [B, V] bool: the vectors that others may read
 */
export function fusionLayer(
  params: Tensors<ReturnType<typeof fusionLayerLeaves>>,
  x: tf.Tensor,
  present: tf.Tensor,
  { heads, rate, pass }: FusionLayerSettings,
): tf.Tensor {
  const within = inFork(pass, 'attention');
  const allowed = tf.reshape(present, [x.shape[0] as number, 1, 1, x.shape[1] as number]); // [B, 1, 1, V]
  const attended = selfAttention(params.attention, x, heads, { allowed, dropout: rate, pass: within }).values;
  const y = layerNorm(params.attentionNorm, tf.add(x, dropout(attended, rate, within)));
  const between = inFork(pass, 'feedForward');
  const thought = feedForward(params.feedForward, y, 'relu', { dropout: rate, pass: between });
  return layerNorm(params.feedForwardNorm, tf.add(y, dropout(thought, rate, between)));
}
