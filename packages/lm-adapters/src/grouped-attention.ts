/** Grouped-query attention (Ainslie et al. 2023, arXiv 2305.13245): several query heads share a key and value head. */
import type { Frame } from '@interfuse/core';
import { attend } from '@interfuse/nn';
import * as tf from '@tensorflow/tfjs';

/**
 * Query head h reads key and value head floor(h / G), with G = H / K query heads to a key head.
 *
 * The queries of a group are laid one after another along time, so that no key or value is copied.
 *
 * @param query [B, H, T, D/H]; key, value [B, K, S, D/H], S being all slots that may be read
 * @param dropout rate on the probabilities, in training
 * @returns values [B, H, T, D/H] and probabilities [B, H, T, S]
 */
export function attendGrouped(query: tf.Tensor, key: tf.Tensor, value: tf.Tensor, frame: Frame, dropout: number) {
  const [batch, heads, time, headWidth] = query.shape as [number, number, number, number];
  const [, keyHeads, slots] = key.shape as [number, number, number];
  const group = heads / keyHeads;
  const allowed = tf.tile(tf.expandDims(frame.allowed, 1), [1, 1, group, 1]); // [B | 1, 1, G T, S]
  const grouped = tf.reshape(query, [batch, keyHeads, group * time, headWidth]); // [B, K, G T, D/H]
  const { values, probabilities } = attend(grouped, key, value, { allowed, dropout, pass: frame.pass });
  return {
    values: tf.reshape(values, [batch, heads, time, headWidth]),
    probabilities: tf.reshape(probabilities, [batch, heads, time, slots]),
  };
}
