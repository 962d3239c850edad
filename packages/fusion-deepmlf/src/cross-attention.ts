/** Cross-attention of the fusion tokens, or of the words, to the streams (arXiv 2504.11082, MM Block). */
import type { Pass, Tensors } from '@interfuse/core';
import { attend, dropout, linear, linearLeaves, mergeHeads, splitHeads } from '@interfuse/nn';
import * as tf from '@tensorflow/tfjs';

/** @param width d of the language model; @param streamWidth e of Z. No biases. */
export function crossAttentionLeaves(width: number, streamWidth: number) {
  return {
    query: linearLeaves(width, width, { bias: false }),
    key: linearLeaves(streamWidth, width, { bias: false }),
    value: linearLeaves(streamWidth, width, { bias: false }),
    output: linearLeaves(width, width, { bias: false }),
  };
}

export interface CrossAttentionSettings {
  readonly heads: number;
  /** `model` divides scores by sqrt(d), as the released program does; `head` by sqrt(d / heads). */
  readonly scale: 'model' | 'head';
  readonly dropout: number;
  readonly pass: Pass;
}

/**
 * @param queries [B, n, d], normed; streams Z [B, T, e] with mask [B, T]
 * @returns values [B, n, d] and probabilities [B, H, n, T]; zeros where a sample has no stream at all
 */
export function crossAttention(
  params: Tensors<ReturnType<typeof crossAttentionLeaves>>,
  queries: tf.Tensor,
  streams: { readonly values: tf.Tensor; readonly mask: tf.Tensor },
  { heads, scale, dropout: rate, pass }: CrossAttentionSettings,
): { values: tf.Tensor; probabilities: tf.Tensor } {
  const width = queries.shape[2] as number;
  const { values, probabilities } = attend(
    splitHeads(linear(params.query, queries), heads), // [B, H, n, d/H]
    splitHeads(linear(params.key, streams.values), heads), // [B, H, T, d/H]
    splitHeads(linear(params.value, streams.values), heads),
    {
      allowed: tf.expandDims(tf.expandDims(streams.mask, 1), 1), // [B, 1, 1, T]
      scale: 1 / Math.sqrt(scale === 'model' ? width : width / heads),
      dropout: rate,
      pass,
    },
  );
  return { values: dropout(linear(params.output, mergeHeads(values)), rate, pass), probabilities };
}
