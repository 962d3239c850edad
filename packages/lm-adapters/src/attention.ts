/**
 * The attention of a decoder: over the slots of a frame and those before them, with what architectures add to it: query
 * heads in groups (Ainslie et al. 2023, arXiv 2305.13245), a sliding window (Beltagy et al. 2020, arXiv 2004.05150), a
 * soft cap, dropout.
 */
import type { Frame } from '@interfuse/core';
import { type AttendSettings, attend } from '@interfuse/nn';
import * as tf from '@tensorflow/tfjs';

/** Query [B, H, T, D/H], key and value [B, K, T, D/H] of the slots of a frame; H is a multiple of K. */
export interface Heads {
  readonly query: tf.Tensor;
  readonly key: tf.Tensor;
  readonly value: tf.Tensor;
}

/** Key and value [B, K, C, D/H] of the slots before those of a frame, and where these stand: [C] int32. */
export interface EarlierHeads extends Omit<Heads, 'query'> {
  readonly positions: tf.Tensor;
}

export interface AttentionSettings {
  /** Scores are multiplied by this. Default: 1 / sqrt(D/H). */
  readonly scale?: number;
  readonly softCap?: number | undefined;
  /** A slot reads this many positions, its own included. Default: all. */
  readonly window?: number | undefined;
  /** Rate on the probabilities, in training only. */
  readonly dropout: number;
}

/** @returns values [B, H, T, D/H] and probabilities [B, H, T, C + T] */
export function attendFrame(
  own: Heads,
  earlier: EarlierHeads | undefined,
  frame: Frame,
  { window, ...settings }: AttentionSettings,
): { values: tf.Tensor; probabilities: tf.Tensor } {
  const key = earlier ? tf.concat([earlier.key, own.key], 2) : own.key; // [B, K, C + T, D/H]
  const value = earlier ? tf.concat([earlier.value, own.value], 2) : own.value;
  const allowed = window === undefined ? frame.allowed : withinWindow(frame, earlier?.positions, window);
  return attendGrouped(own.query, key, value, allowed, { ...settings, pass: frame.pass });
}

/** What a frame allows, less the slots that stand `window` positions or more before the reader: [B | 1, T, C + T]. */
function withinWindow({ positions, allowed }: Frame, before: tf.Tensor | undefined, window: number): tf.Tensor {
  const readable = before ? tf.concat([before, positions], 0) : positions; // [C + T]
  const oldest = tf.sub(positions, tf.scalar(window - 1, 'int32')); // [T]
  return tf.logicalAnd(allowed, tf.greaterEqual(tf.expandDims(readable, 0), tf.expandDims(oldest, 1)));
}

/**
 * Query head h reads key and value head floor(h / G), with G = H / K query heads to a key head.
 *
 * The queries of a group are laid one after another along time, so that no key or value is copied.
 */
function attendGrouped(
  query: tf.Tensor,
  key: tf.Tensor,
  value: tf.Tensor,
  allowed: tf.Tensor,
  settings: AttendSettings,
): { values: tf.Tensor; probabilities: tf.Tensor } {
  const [batch, heads, time, headWidth] = query.shape as [number, number, number, number];
  const [, keyHeads, slots] = key.shape as [number, number, number];
  const group = heads / keyHeads;
  const each = tf.expandDims(allowed, 1); // [B | 1, 1, T, S]
  if (group === 1) return attend(query, key, value, { ...settings, allowed: each });
  const grouped = tf.reshape(query, [batch, keyHeads, group * time, headWidth]); // [B, K, G T, D/H]
  const attended = attend(grouped, key, value, { ...settings, allowed: tf.tile(each, [1, 1, group, 1]) });
  return {
    values: tf.reshape(attended.values, [batch, heads, time, headWidth]),
    probabilities: tf.reshape(attended.probabilities, [batch, heads, time, slots]),
  };
}
