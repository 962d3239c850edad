/**
 * Self-attention with rotary positions and grouped queries, as Llama and its kin have it. Its leaves say where they
 * differ: a bias that is there is added, a norm of the queries and keys that is there is applied, head by head.
 */
import type { Frame, LinearLeaves, SlotsBefore, Tensors } from '@interfuse/core';
import { linear, mergeHeads, rmsNorm, splitHeads } from '@interfuse/nn';
import * as tf from '@tensorflow/tfjs';
import { type AttentionSettings, attendFrame } from './attention.js';
import type { Weight } from './declare.js';
import { type Rotary, rotate, rotation } from './rotary.js';

export type Projections =
  | { readonly query: LinearLeaves; readonly key: LinearLeaves; readonly value: LinearLeaves }
  /** In one projection, whose rows are first the queries', then the keys', then the values'. */
  | { readonly queryKeyValue: LinearLeaves };

export type RotaryAttentionLeaves = Projections & {
  readonly output: LinearLeaves;
  /** Weights of RMS norms over the entries of a head: [D/H]. */
  readonly queryNorm?: Weight;
  readonly keyNorm?: Weight;
};

export interface RotaryAttentionSettings extends AttentionSettings {
  readonly heads: number;
  /** K, of which `heads` is a multiple. */
  readonly keyHeads: number;
  readonly rotary: Rotary;
  /** Of the norms of queries and keys. */
  readonly epsilon: number;
}

/**
 * @param x normed hidden states [B, T, d]
 * @param before those of the slots before, normed alike
 * @returns values [B, T, d] and probabilities [B, H, T, C + T]
 */
export function rotaryAttention(
  params: Tensors<RotaryAttentionLeaves>,
  x: tf.Tensor,
  before: SlotsBefore | undefined,
  frame: Frame,
  { heads, keyHeads, rotary, epsilon, ...settings }: RotaryAttentionSettings,
): { values: tf.Tensor; probabilities: tf.Tensor } {
  const turned = (flat: tf.Tensor, norm: Tensors<Weight> | undefined, count: number, positions: tf.Tensor) => {
    const split = splitHeads(flat, count); // [B, H | K, T, D/H]
    return rotate(norm ? rmsNorm(norm, split, epsilon) : split, rotation(positions, rotary));
  };
  const keysAndValues = ([key, value]: KeyAndValue, positions: tf.Tensor) => ({
    key: turned(key, params.keyNorm, keyHeads, positions),
    value: splitHeads(value, keyHeads),
  });

  const [queries, ...own] = projectAll(params, x, { heads, keyHeads });
  const query = turned(queries, params.queryNorm, heads, frame.positions); // [B, H, T, D/H]
  const earlier = before && {
    ...keysAndValues(projectKeyAndValue(params, before.hidden, { heads, keyHeads }), before.positions),
    positions: before.positions,
  };
  const attended = attendFrame({ query, ...keysAndValues(own, frame.positions) }, earlier, frame, settings);
  return { values: linear(params.output, mergeHeads(attended.values)), probabilities: attended.probabilities };
}

type KeyAndValue = readonly [key: tf.Tensor, value: tf.Tensor];
type Counts = Pick<RotaryAttentionSettings, 'heads' | 'keyHeads'>;

/** [B, T, H D/H], and [B, T, K D/H] twice. */
function projectAll(
  params: Tensors<Projections>,
  x: tf.Tensor,
  { heads, keyHeads }: Counts,
): [query: tf.Tensor, ...KeyAndValue] {
  if (!('queryKeyValue' in params)) return [linear(params.query, x), linear(params.key, x), linear(params.value, x)];
  const joined = linear(params.queryKeyValue, x);
  const headWidth = (joined.shape[2] as number) / (heads + 2 * keyHeads);
  const widths = [heads, keyHeads, keyHeads].map((count) => count * headWidth);
  return tf.split(joined, widths, 2) as [tf.Tensor, tf.Tensor, tf.Tensor];
}

function projectKeyAndValue(params: Tensors<Projections>, x: tf.Tensor, counts: Counts): KeyAndValue {
  if (!('queryKeyValue' in params)) return [linear(params.key, x), linear(params.value, x)];
  const [, key, value] = projectAll(params, x, counts);
  return [key, value];
}
