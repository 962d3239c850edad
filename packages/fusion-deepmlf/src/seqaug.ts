/**
 * SeqAug, the regulariser of DeepMLF (arXiv 2504.11082; algorithm of the released program): some features of every
 * sample come from another position, the same permutation for the whole batch, padding included. And noise, which the
 * authors tried in its place.
 */
import type { Pass, StreamInput } from '@interfuse/core';
import { bernoulli, inFork, permutation, zeroMasked } from '@interfuse/nn';
import * as tf from '@tensorflow/tfjs';

/**
 * keep * x[b, t, j] + (1 - keep) * x[b, order[t], j].
 *
 * @param x [B, S, D]; order [S] int32, a permutation, or [B, S], one for each sample; keep [B, 1, D] float32 of 0 and 1
 */
export function permuteFeatures(x: tf.Tensor, order: tf.Tensor, keep: tf.Tensor): tf.Tensor {
  const moved = order.rank === 1 ? tf.gather(x, order as tf.Tensor1D, 1) : gatherEach(x, order); // [B, S, D]
  return tf.add(tf.mul(keep, x), tf.mul(tf.sub(1, keep), moved));
}

/** x [B, S, D] in the order [B, S] of each sample, as a product with the matrices of the permutations. */
function gatherEach(x: tf.Tensor, order: tf.Tensor): tf.Tensor {
  const [batch, steps] = order.shape as [number, number];
  const rows = tf.oneHot(tf.reshape(order, [batch * steps]) as tf.Tensor1D, steps); // [B S, S]
  return tf.matMul(tf.reshape(tf.cast(rows, 'float32'), [batch, steps, steps]), x);
}

/** A permutation of the real positions of each sample, padding staying where it is, at the end: [B, S] int32. */
function permutationWithin(mask: tf.Tensor, pass: Pass): tf.Tensor {
  const [batch, steps] = mask.shape as [number, number];
  const real = tf.cast(mask, 'float32');
  // What is padded comes last, in its own order: below all that is drawn.
  const behind = tf.mul(tf.add(tf.range(0, steps), 1), -1); // [S]
  const drawn = tf.tile(tf.expandDims(pass.random.uniform([steps]), 0), [batch, 1]);
  return tf.topk(tf.add(tf.mul(drawn, real), tf.mul(behind, tf.sub(1, real))), steps).indices;
}

export interface SeqAugSettings {
  /** Share of batches that are augmented. */
  readonly batches: number;
  /** Share of features that move. */
  readonly features: number;
  /** Which positions are real [B, S], padded on the right, where features are to stay among them. Default: anywhere. */
  readonly within?: tf.Tensor | undefined;
}

/** x [B, S, D], augmented; the identity outside of training. */
export function seqAug(x: tf.Tensor, { batches, features, within }: SeqAugSettings, pass: Pass): tf.Tensor {
  if (!pass.training || batches === 0 || features === 0) return x;
  const [batch, steps, width] = x.shape as [number, number, number];
  const order = within ? permutationWithin(within, pass) : permutation(pass.random, steps);
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
  within: 'padded' | 'real' = 'padded',
): Record<string, StreamInput> {
  const augment = ([name, stream]: [string, StreamInput]): [string, StreamInput] => {
    // Frames move between padding and text: what lies under the mask has to be zero before they do.
    const values = zeroMasked(stream.values, stream.mask);
    const settings = { batches: 1, features, within: within === 'real' ? stream.mask : undefined };
    return [name, { ...stream, values: seqAug(values, settings, inFork(pass, name)) }];
  };
  return Object.fromEntries(Object.entries(streams).map(augment));
}

/** x plus normal noise of this deviation (Box and Muller 1958); the identity outside of training. */
export function addNoise(x: tf.Tensor, deviation: number, { training, random }: Pass): tf.Tensor {
  if (!training || deviation === 0) return x;
  const radius = tf.sqrt(tf.mul(tf.log(tf.sub(1, random.uniform(x.shape))), -2));
  const angle = tf.mul(random.uniform(x.shape), 2 * Math.PI);
  return tf.add(x, tf.mul(tf.mul(radius, tf.cos(angle)), deviation));
}
