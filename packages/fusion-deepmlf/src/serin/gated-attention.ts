/**
 * Attention with a gate inside (IGCA and IGSA of SeRIn, arXiv 2607.12686): what the heads have read is multiplied, before
 * the output projection, by a sigmoid that depends on the query.
 *
 *     y = W_o (sigmoid(W_g x + b) * attention(W_q x, W_k z, W_v z))
 */
import type { Pass, Tensors } from '@interfuse/core';
import { attend, constant, dropout, linear, linearLeaves, mergeHeads, splitHeads } from '@interfuse/nn';
import * as tf from '@tensorflow/tfjs';

export interface GatedAttentionShape {
  /** Widths of the queries, of what they read, and in between. */
  readonly width: number;
  readonly keyWidth: number;
  readonly innerWidth: number;
  readonly heads: number;
  /** A gate for every feature of what is read, or one for every head. */
  readonly gateShape: 'feature' | 'head';
  /** Start of the bias of the gates, before their sigmoid. */
  readonly gate: number;
}

/** As in the cross-attention of DeepMLF only the gate has a bias. */
export function gatedAttentionLeaves({ width, keyWidth, innerWidth, heads, gateShape, gate }: GatedAttentionShape) {
  const gates = gateShape === 'feature' ? innerWidth : heads;
  return {
    query: linearLeaves(width, innerWidth, { bias: false }),
    key: linearLeaves(keyWidth, innerWidth, { bias: false }),
    value: linearLeaves(keyWidth, innerWidth, { bias: false }),
    gate: { ...linearLeaves(width, gates, { bias: false }), bias: constant([gates], gate, { decay: false }) },
    output: linearLeaves(innerWidth, width, { bias: false }),
  };
}

export type GatedAttentionLeaves = ReturnType<typeof gatedAttentionLeaves>;

export interface GatedAttentionSettings {
  readonly heads: number;
  /** Bool, broadcastable to [B, H, n, T]. */
  readonly allowed: tf.Tensor;
  /** Scores are divided by the root of the inner width of the whole attention, or of a head. */
  readonly scale: 'model' | 'head';
  readonly dropout: number;
  readonly pass: Pass;
}

/**
 * @param tokens [B, n, d], normed; keys [B, T, e]
 * @returns values [B, n, d], probabilities [B, H, n, T], and how open the gates of each token are on average [B, n]
 */
export function gatedAttention(
  params: Tensors<GatedAttentionLeaves>,
  tokens: tf.Tensor,
  keys: tf.Tensor,
  { heads, allowed, scale, dropout: rate, pass }: GatedAttentionSettings,
): { values: tf.Tensor; probabilities: tf.Tensor; openness: tf.Tensor } {
  const inner = params.query.weight.shape[0] as number;
  const read = attend(
    splitHeads(linear(params.query, tokens), heads), // [B, H, n, D/H]
    splitHeads(linear(params.key, keys), heads), // [B, H, T, D/H]
    splitHeads(linear(params.value, keys), heads),
    { allowed, scale: 1 / Math.sqrt(scale === 'model' ? inner : inner / heads), dropout: rate, pass },
  );
  const gate = tf.sigmoid(linear(params.gate, tokens)); // [B, n, D or H]
  const [batch, time, gates] = gate.shape as [number, number, number];
  const opened =
    gates === inner
      ? tf.mul(gate, mergeHeads(read.values)) // [B, n, D]
      : mergeHeads(tf.mul(tf.reshape(tf.transpose(gate, [0, 2, 1]), [batch, gates, time, 1]), read.values));
  return {
    values: dropout(linear(params.output, opened), rate, pass),
    probabilities: read.probabilities,
    openness: tf.mean(gate, 2),
  };
}
