/** Where words and bottleneck stand in the language model, and what each may read: [words ; bottleneck]. */
import type { Frame, Pass } from '@interfuse/core';
import { causalMask, keyMask } from '@interfuse/nn';
import * as tf from '@tensorflow/tfjs';

/**
 * Words read the real words up to themselves, and the whole bottleneck; the bottleneck reads all real words and itself. It
 * stands at positions 0 to n-1, where the text begins: a place that no padding moves.
 *
 * @param mask [B, L] bool: which words are real; @param tokens n
 */
export function bottleneckFrame(mask: tf.Tensor, tokens: number, pass: Pass): Frame {
  const [batch, length] = mask.shape as [number, number];
  const words = tf.logicalAnd(causalMask(length), keyMask(mask)); // [B, L, L]
  const positions = tf.range(0, length, 1, 'int32');
  if (tokens === 0) return { positions, allowed: words, pass };
  const everything = (rows: number): tf.Tensor => tf.ones([batch, rows, tokens], 'bool');
  const ofWords = tf.concat([words, everything(length)], 2); // [B, L, L + n]
  const ofBottleneck = tf.concat([tf.tile(keyMask(mask), [1, tokens, 1]), everything(tokens)], 2); // [B, n, L + n]
  return {
    positions: tf.concat([positions, tf.range(0, tokens, 1, 'int32')]),
    allowed: tf.concat([ofWords, ofBottleneck], 1),
    pass,
  };
}
