/** Clipping by the global norm: g <- g min(1, limit / (|g| + 1e-6)), |g| = sqrt(sum of all squared entries). */
import type { TensorMap } from '@interfuse/core';
import * as tf from '@tensorflow/tfjs';
import { type Groups, groupOf, mapClipped } from './groups.js';
import type { Clip } from './transform.js';

/** L2 norm of all entries together: a scalar. */
export function globalNorm(gradients: TensorMap): tf.Tensor {
  const squares = Object.values(gradients).map((gradient) => tf.sum(tf.square(gradient)));
  return squares.length === 0 ? tf.scalar(0) : tf.sqrt(tf.addN(squares));
}

/**
 * The 1e-6 is PyTorch's (`clip_grad_norm_`): it keeps the quotient finite.
 *
 * @param groups of which those with `clip: false` neither count nor change
 */
export function clipByGlobalNorm(limit: number, groups: Groups = {}): Clip {
  return {
    init: () => new Map(),
    update(gradients, _state, { leaves }) {
      const counted = Object.entries(gradients).filter(([path]) => groupOf(leaves.get(path), groups).clip ?? true);
      const scale = tf.minimum(tf.div(limit, tf.add(globalNorm(Object.fromEntries(counted)), 1e-6)), 1);
      return { updates: mapClipped(gradients, leaves, groups, (gradient) => tf.mul(gradient, scale)), state: {} };
    },
  };
}
