/** What a stream holds while the word of each token is spoken: the word-level alignment of the field's early fusion. */
import { type Encoded, InterfuseError, type StreamInput, type TextInput } from '@interfuse/core';
import * as tf from '@tensorflow/tfjs';
import { weights, zeroMasked } from './masks.js';

/**
 * For each token the mean of the frames that sound while its word does, each by how long it does: frame s lasts from s to
 * s + 1. All tokens of a word get the same.
 *
 * @returns values [B, L, width] and mask [B, L], false (and zero) where no frame sounds: at pads, at tokens of no word, in a
 *   sample that lacks the stream or the text
 * @throws PLUGIN_REQUIREMENT if the batch does not tell when words are spoken
 */
export function alignToTokens(stream: StreamInput, text: TextInput): Encoded {
  if (stream.spans === undefined) {
    throw new InterfuseError('PLUGIN_REQUIREMENT', {
      place: 'a stream of a batch',
      expected: 'the spans of words',
      got: 'a batch without them',
      remedy: "Declare `requires: { text: 'tokens', wordTimes: 'any' }` in the manifest of the strategy.",
    });
  }
  const steps = stream.mask.shape[1] as number;
  const real = tf.logicalAnd(stream.mask, tf.expandDims(stream.present, 1)); // [B, S]
  const spoken = tf.logicalAnd(text.mask, tf.expandDims(text.present, 1)); // [B, L]
  const [from, to] = tf.split(stream.spans, 2, 2) as [tf.Tensor, tf.Tensor]; // [B, L, 1] each
  const start = tf.reshape(tf.range(0, steps), [1, 1, steps]);
  const overlap = tf.relu(tf.sub(tf.minimum(to, tf.add(start, 1)), tf.maximum(from, start))); // [B, L, S]
  const share = tf.mul(tf.mul(overlap, tf.expandDims(tf.cast(real, 'float32'), 1)), weights(spoken)); // [B, L, S]
  const duration = tf.sum(share, 2, true); // [B, L, 1]
  const sum = tf.matMul(share, zeroMasked(stream.values, real)); // [B, L, width]
  const mask = tf.greater(tf.squeeze(duration, [2]), shortest); // [B, L]
  return { values: zeroMasked(tf.div(sum, tf.maximum(duration, shortest)), mask), mask };
}

/** In steps: words that are shorter were not heard. */
const shortest = 1e-4;
