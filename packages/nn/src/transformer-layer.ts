/** A pre-norm layer of a transformer encoder (Vaswani et al. 2017, arXiv 1706.03762; Xiong et al. 2020, arXiv 2002.04745). */
import type { Pass, Tensors } from '@interfuse/core';
import * as tf from '@tensorflow/tfjs';
import { selfAttention, selfAttentionLeaves } from './attention.js';
import { dropout } from './dropout.js';
import { feedForward, feedForwardLeaves } from './feed-forward.js';
import { layerNorm, layerNormLeaves } from './norms.js';

/** @param inner width of the hidden layer of the feed-forward */
export function transformerLayerLeaves(width: number, inner: number) {
  return {
    attentionNorm: layerNormLeaves(width),
    attention: selfAttentionLeaves(width),
    feedForwardNorm: layerNormLeaves(width),
    feedForward: feedForwardLeaves(width, inner),
  };
}

export interface TransformerLayerSettings {
  readonly heads: number;
  /** Rate of every dropout. */
  readonly rate: number;
  /** Bool, broadcastable to [B, 1, T, T]: true where the query may read the key. Default: everything. */
  readonly allowed?: tf.Tensor | undefined;
  readonly pass: Pass;
}

/** y = x + attention(norm(x)); y + feedForward(norm(y)): [B, T, D] -> [B, T, D]. */
export function transformerLayer(
  params: Tensors<ReturnType<typeof transformerLayerLeaves>>,
  x: tf.Tensor,
  { heads, rate, allowed, pass }: TransformerLayerSettings,
): tf.Tensor {
  const read = selfAttention(params.attention, layerNorm(params.attentionNorm, x), heads, {
    allowed,
    dropout: rate,
    pass,
  });
  const y = tf.add(x, dropout(read.values, rate, pass));
  const thought = feedForward(params.feedForward, layerNorm(params.feedForwardNorm, y), 'gelu', {
    dropout: rate,
    pass,
  });
  return tf.add(y, dropout(thought, rate, pass));
}
