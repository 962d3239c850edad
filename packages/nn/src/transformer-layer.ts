/**
 * Pre-norm layers of a transformer (Vaswani et al. 2017, arXiv 1706.03762; Xiong et al. 2020, arXiv 2002.04745): of a
 * sequence that reads itself, or of one that reads another.
 */
import type { Pass, Tensors } from '@interfuse/core';
import * as tf from '@tensorflow/tfjs';
import { crossAttention, selfAttention, selfAttentionLeaves } from './attention.js';
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

/** Those of a layer that reads another sequence, which has a norm of its own. */
export function crossLayerLeaves(width: number, inner: number) {
  return { ...transformerLayerLeaves(width, inner), sourceNorm: layerNormLeaves(width) };
}

type LayerParameters = Tensors<ReturnType<typeof transformerLayerLeaves>>;

export interface TransformerLayerSettings {
  readonly heads: number;
  /** Rate of every dropout. */
  readonly rate: number;
  /** Rate of dropout on the probabilities, where it is another one. */
  readonly attentionRate?: number;
  /** Bool, broadcastable to [B, H, Tq, Tk]: true where the query may read the key. Default: everything. */
  readonly allowed?: tf.Tensor | undefined;
  readonly pass: Pass;
}

/** What a layer makes of a sequence, [B, T, D], and what was read, [B, H, Tq, Tk]. */
export interface Layered {
  readonly values: tf.Tensor;
  readonly probabilities: tf.Tensor;
}

/** y = x + attention(norm(x)); y + feedForward(norm(y)): [B, T, D] -> [B, T, D]. */
export function transformerLayer(params: LayerParameters, x: tf.Tensor, settings: TransformerLayerSettings): tf.Tensor {
  return selfLayer(params, x, settings).values;
}

/** `transformerLayer`, and what was read. */
export function selfLayer(params: LayerParameters, x: tf.Tensor, settings: TransformerLayerSettings): Layered {
  const normed = layerNorm(params.attentionNorm, x);
  return conclude(params, x, selfAttention(params.attention, normed, settings.heads, attending(settings)), settings);
}

/**
 * y = x + attention(norm(x), norm(source)); y + feedForward(norm(y)): [B, T, D] -> [B, T, D].
 *
 * @param source [B, S, D]: keys and values; x holds the queries and does not read itself
 */
export function crossLayer(
  params: Tensors<ReturnType<typeof crossLayerLeaves>>,
  x: tf.Tensor,
  source: tf.Tensor,
  settings: TransformerLayerSettings,
): Layered {
  const [queries, keys] = [layerNorm(params.attentionNorm, x), layerNorm(params.sourceNorm, source)];
  const read = crossAttention(params.attention, queries, keys, settings.heads, attending(settings));
  return conclude(params, x, read, settings);
}

function attending({ allowed, rate, attentionRate = rate, pass }: TransformerLayerSettings) {
  return { allowed, dropout: attentionRate, pass };
}

/** What follows the attention. */
function conclude(params: LayerParameters, x: tf.Tensor, read: Layered, settings: TransformerLayerSettings): Layered {
  const { rate, pass } = settings;
  const y = tf.add(x, dropout(read.values, rate, pass));
  const thought = feedForward(params.feedForward, layerNorm(params.feedForwardNorm, y), 'gelu', {
    dropout: rate,
    pass,
  });
  return { values: tf.add(y, dropout(thought, rate, pass)), probabilities: read.probabilities };
}
