/**
 * MM Block, which follows a block of the language model (arXiv 2504.11082):
 *
 *     X_f = X~_f + sigmoid(a1) CrossAttention(norm(X~_f), Z)
 *     H   = H~ + sigmoid(a2) FeedForward(norm(H~)),  H~ = [X_t ; X_f]
 *
 * Text passes the feed-forward too, but reads no stream unless it is among the queries. In place of the sigmoid gates can
 * have a tanh, or be left out; so can either half of the block.
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
  type FeedForwardStart,
  feedForwardNormLeaves,
} from '@interfuse/nn';
import * as tf from '@tensorflow/tfjs';
import { type CrossAttentionSettings, crossAttention, crossAttentionLeaves } from './cross-attention.js';

export type GateKind = 'sigmoid' | 'tanh' | 'none';

/** Which slots of the sequence [L words | n fusion tokens] read the streams. */
export type QueryKind = 'tokens' | 'text' | 'all';

export interface MmBlockShape {
  /** d of the language model, and e of Z. */
  readonly width: number;
  readonly streamWidth: number;
  readonly norm: BlockNormKind;
  /** The feed-forward of the language-model block before this one; null leaves this one without. */
  readonly feedForward: FeedForward | null;
  /** Default: weights. */
  readonly feedForwardStart?: FeedForwardStart;
  readonly loraRank: number | null;
  /** False leaves the block without its cross-attention. Default: true. */
  readonly crossAttention?: boolean;
  readonly gates: GateKind;
  /** Start of both gates before the sigmoid or tanh. */
  readonly gate: number;
}

export type MmBlockLeaves = ReturnType<typeof mmBlockLeaves>;

export function mmBlockLeaves(shape: MmBlockShape) {
  const { width, norm: kind, feedForward, feedForwardStart = 'weights' } = shape;
  const gateOf = () => (shape.gates === 'none' ? undefined : constant([1], shape.gate));
  const [attentionGate, feedForwardGate] = [gateOf(), gateOf()];
  return {
    ...(shape.crossAttention === false
      ? {}
      : {
          ...(attentionGate && { attentionGate }),
          attentionNorm: blockNormLeaves(kind, width),
          attention: crossAttentionLeaves(width, shape.streamWidth),
        }),
    ...(feedForward === null
      ? {}
      : {
          ...(feedForwardGate && { feedForwardGate }),
          feedForwardNorm: feedForwardNormLeaves(feedForward, { kind, width }, feedForwardStart),
          feedForward: blockFeedForwardLeaves(feedForward, shape.loraRank, feedForwardStart),
        }),
  };
}

export interface MmBlockSettings {
  /** n: the last n slots of the sequence are fusion tokens. */
  readonly tokens: number;
  /** Default: tokens. */
  readonly queries?: QueryKind;
  readonly gates: GateKind;
  readonly attention: CrossAttentionSettings;
  readonly feedForward: BlockFeedForwardSettings;
  /** Of the norm before the feed-forward. Default: that of the released program. */
  readonly epsilon?: number | undefined;
}

/**
 * @param hidden [B, L + n, d]; streams Z [B, T, e] with mask [B, T]
 * @returns hidden [B, L + n, d]; probabilities of the cross-attention [B, H, q, T], q being the queries' slots, if there is
 *   one; how open the gates of the halves that it has are [2 | 1]
 */
export function mmBlock(
  params: Tensors<MmBlockLeaves>,
  hidden: tf.Tensor,
  streams: { readonly values: tf.Tensor; readonly mask: tf.Tensor },
  settings: MmBlockSettings,
): { hidden: tf.Tensor; probabilities?: tf.Tensor; gates: tf.Tensor } {
  const read = readStreams(params, hidden, streams, settings);
  const thought = think(params, read.hidden, settings);
  return { ...read, hidden: thought.hidden, gates: tf.concat([...read.gates, ...thought.gates], 0) };
}

/** X_f, and the rest of the sequence as it was. */
function readStreams(
  params: Tensors<MmBlockLeaves>,
  hidden: tf.Tensor,
  streams: { readonly values: tf.Tensor; readonly mask: tf.Tensor },
  { tokens, queries = 'tokens', gates, attention }: MmBlockSettings,
): { hidden: tf.Tensor; probabilities?: tf.Tensor; gates: tf.Tensor[] } {
  if (!params.attention || !params.attentionNorm) return { hidden, gates: [] };
  const gate = open(gates, params.attentionGate);
  const textLength = (hidden.shape[1] as number) - tokens;
  const isWhole = queries === 'all' || tokens === 0;
  const parts = isWhole ? [hidden] : tf.split(hidden, [textLength, tokens], 1); // [B, L | n, d]
  const which = isWhole || queries === 'text' ? 0 : 1;
  const asking = parts[which] as tf.Tensor;
  const read = crossAttention(params.attention, blockNorm(params.attentionNorm, asking), streams, attention);
  const joined = parts.map((part, i) => (i === which ? tf.add(part, tf.mul(gate, read.values)) : part));
  return {
    hidden: joined.length === 1 ? (joined[0] as tf.Tensor) : tf.concat(joined, 1), // [B, L + n, d]
    probabilities: read.probabilities,
    gates: [gate],
  };
}

/** H. */
function think(
  params: Tensors<MmBlockLeaves>,
  hidden: tf.Tensor,
  { gates, feedForward, epsilon }: MmBlockSettings,
): { hidden: tf.Tensor; gates: tf.Tensor[] } {
  if (!params.feedForward || !params.feedForwardNorm) return { hidden, gates: [] };
  const gate = open(gates, params.feedForwardGate);
  const normed = blockNorm(params.feedForwardNorm, hidden, epsilon);
  const thought = blockFeedForward(params.feedForward, normed, feedForward);
  return { hidden: tf.add(hidden, tf.mul(gate, thought)), gates: [gate] };
}

/** @param gate [1]; absent where there are no gates, which is as if they were open throughout */
function open(kind: GateKind, gate: tf.Tensor | undefined): tf.Tensor {
  if (kind === 'none' || gate === undefined) return tf.ones([1]);
  return kind === 'tanh' ? tf.tanh(gate) : tf.sigmoid(gate);
}
