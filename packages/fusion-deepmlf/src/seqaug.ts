/**
 * SeqAug, the regulariser of DeepMLF (arXiv 2504.11082; algorithm of the released program): some features of every
 * sample come from another position, the same permutation for the whole batch, padding included.
 */
import type { Pass, StreamInput } from '@interfuse/core';
import { bernoulli, inFork, permutation, zeroMasked } from '@interfuse/nn';
import * as tf from '@tensorflow/tfjs';

/**
 * keep * x[b, t, j] + (1 - keep) * x[b, order[t], j].
 *
 * @param x [B, S, D]; order [S] int32, a permutation; keep [B, 1, D] float32 of 0 and 1
 */
export function permuteFeatures(x: tf.Tensor, order: tf.Tensor, keep: tf.Tensor): tf.Tensor {
  const moved = tf.gather(x, order as tf.Tensor1D, 1); // [B, S, D]
  return tf.add(tf.mul(keep, x), tf.mul(tf.sub(1, keep), moved));
}

export interface SeqAugSettings {
  /** Share of batches that are augmented. */
  readonly batches: number;
  /** Share of features that move. */
  readonly features: number;
}

/** x [B, S, D], augmented; the identity outside of training. */
export function seqAug(x: tf.Tensor, { batches, features }: SeqAugSettings, pass: Pass): tf.Tensor {
  if (!pass.training || batches === 0 || features === 0) return x;
  const [batch, steps, width] = x.shape as [number, number, number];
  const order = permutation(pass.random, steps);
  const move = tf.logicalAnd(
    bernoulli(pass.random, [batch, 1, width], features),
    bernoulli(pass.random, [1, 1, 1], batches),
  );
  return permuteFeatures(x, order, tf.sub(1, tf.cast(move, 'float32')));
}

/** All streams, augmented before they are encoded; masks stay. */
export function augmentStreams(
  streams: { readonly [name: string]: StreamInput },
  features: number,
  pass: Pass,
): Record<string, StreamInput> {
  const augment = ([name, stream]: [string, StreamInput]): [string, StreamInput] => {
    // Frames move between padding and text: what lies under the mask has to be zero before they do.
    const values = zeroMasked(stream.values, stream.mask);
    return [name, { ...stream, values: seqAug(values, { batches: 1, features }, inFork(pass, name)) }];
  };
  return Object.fromEntries(Object.entries(streams).map(augment));
}
