/**
 * MM Block, which follows a block of the language model (arXiv 2504.11082):
 *
 *     X_f = X~_f + sigmoid(a1) CrossAttention(norm(X~_f), Z)
 *     H   = H~ + sigmoid(a2) FeedForward(norm(H~)),  H~ = [X_t ; X_f]
 *
 * Text passes the feed-forward too, but reads no stream. In place of the sigmoid gates can have a tanh, or be left out.
 */
import type { FeedForward, Tensors } from '@interfuse/core';
import {
  type BlockFeedForwardSettings,
  type BlockNormKind,
  blockFeedForward,
  blockFeedForwardLeaves,
  blockNorm,
  blockNormLeaves,
  constant,
} from '@interfuse/nn';
import * as tf from '@tensorflow/tfjs';
import { type CrossAttentionSettings, crossAttention, crossAttentionLeaves } from './cross-attention.js';

export type GateKind = 'sigmoid' | 'tanh' | 'none';

export interface MmBlockShape {
  /** d of the language model, and e of Z. */
  readonly width: number;
  readonly streamWidth: number;
  readonly norm: BlockNormKind;
  /** The feed-forward of the language-model block before this one. */
  readonly feedForward: FeedForward;
  readonly loraRank: number | null;
  readonly gates: GateKind;
  /** Start of both gates before the sigmoid or tanh. */
  readonly gate: number;
}

export type MmBlockLeaves = ReturnType<typeof mmBlockLeaves>;

export function mmBlockLeaves(shape: MmBlockShape) {
  const { width, streamWidth, gates, gate } = shape;
  return {
    ...(gates === 'none' ? {} : { attentionGate: constant([1], gate) }),
    attentionNorm: blockNormLeaves(shape.norm, width),
    attention: crossAttentionLeaves(width, streamWidth),
    ...(gates === 'none' ? {} : { feedForwardGate: constant([1], gate) }),
    feedForwardNorm: blockNormLeaves(shape.norm, width),
    feedForward: blockFeedForwardLeaves(shape.feedForward, shape.loraRank),
  };
}

export interface MmBlockSettings {
  /** n: the last n slots of the sequence are fusion tokens. */
  readonly tokens: number;
  readonly gates: GateKind;
  readonly attention: CrossAttentionSettings;
  readonly feedForward: BlockFeedForwardSettings;
}

/**
 * @param hidden [B, L + n, d]; streams Z [B, T, e] with mask [B, T]
 * @returns hidden [B, L + n, d]; probabilities of the cross-attention [B, H, n, T]; how open the two gates are [2]
 */
export function mmBlock(
  params: Tensors<MmBlockLeaves>,
  hidden: tf.Tensor,
  streams: { readonly values: tf.Tensor; readonly mask: tf.Tensor },
  { tokens, gates, attention, feedForward }: MmBlockSettings,
): { hidden: tf.Tensor; probabilities: tf.Tensor; gates: tf.Tensor } {
  const textLength = (hidden.shape[1] as number) - tokens;
  const [text, fusion] = tf.split(hidden, [textLength, tokens], 1) as [tf.Tensor, tf.Tensor]; // [B, L | n, d]
  const attentionGate = open(gates, params.attentionGate);
  const feedForwardGate = open(gates, params.feedForwardGate);

  const read = crossAttention(params.attention, blockNorm(params.attentionNorm, fusion), streams, attention);
  const joined = tf.concat([text, tf.add(fusion, tf.mul(attentionGate, read.values))], 1); // [B, L + n, d]
  const thought = blockFeedForward(params.feedForward, blockNorm(params.feedForwardNorm, joined), feedForward);
  return {
    hidden: tf.add(joined, tf.mul(feedForwardGate, thought)),
    probabilities: read.probabilities,
    gates: tf.concat([attentionGate, feedForwardGate], 0),
  };
}

/** @param gate [1]; absent where there are no gates, which is as if they were open throughout */
function open(kind: GateKind, gate: tf.Tensor | undefined): tf.Tensor {
  if (kind === 'none' || gate === undefined) return tf.ones([1]);
  return kind === 'tanh' ? tf.tanh(gate) : tf.sigmoid(gate);
}
