/** Clipping by value: g <- min(max(g, -limit), limit), entry by entry. */
import * as tf from '@tensorflow/tfjs';
import { type Groups, mapClipped } from './groups.js';
import type { Clip } from './transform.js';

/** @param groups of which those with `clip: false` are left alone */
export function clipByValue(limit: number, groups: Groups = {}): Clip {
  return {
    init: () => new Map(),
    update: (gradients, _state, { leaves }) => ({
      updates: mapClipped(gradients, leaves, groups, (gradient) => tf.maximum(tf.minimum(gradient, limit), -limit)),
      state: {},
    }),
  };
}
