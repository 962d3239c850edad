/**
 * AdamW: Adam with decoupled weight decay (Loshchilov and Hutter 2019, arXiv 1711.05101), as PyTorch computes it.
 *
 *     m <- b1 m + (1 - b1) g          v <- b2 v + (1 - b2) g^2
 *     change = -rate (m / (1 - b1^t) / (sqrt(v / (1 - b2^t)) + epsilon) + decay p)        t = 1, 2, ...
 */
import type { Leaf, TrainingSettings } from '@interfuse/core';
import { zeros } from '@interfuse/nn';
import * as tf from '@tensorflow/tfjs';
import { groupOf } from './groups.js';
import type { GradientTransform } from './transform.js';

export type AdamWSettings = Pick<TrainingSettings, 'betas' | 'epsilon' | 'weightDecay'> &
  Partial<Pick<TrainingSettings, 'groups' | 'decayed'>>;

/** Variable that counts the updates. */
export const updatesPath = 'counters/updates';

/**
 * A group may scale the learning rate and set its own weight decay; a leaf with `decay: false` has none, unless all decay.
 *
 * Remembers `moments/first/<path>`, `moments/second/<path>` and `counters/updates`.
 */
export function adamW(settings: AdamWSettings): GradientTransform {
  const { betas, epsilon, weightDecay, groups = {}, decayed: what = 'weights' } = settings;
  const [beta1, beta2] = betas;
  return {
    init(leaves) {
      const state = new Map<string, Leaf>([[updatesPath, zeros([], { train: false })]]);
      for (const [path, { shape }] of leaves) {
        state.set(`moments/first/${path}`, zeros(shape, { train: false }));
        state.set(`moments/second/${path}`, zeros(shape, { train: false }));
      }
      return state;
    },

    update(gradients, state, { leaves, parameters, learningRate }) {
      const count = tf.add(state[updatesPath] as tf.Tensor, 1);
      const correction1 = oneMinusPower(beta1, count);
      const correction2 = oneMinusPower(beta2, count);
      const updates: Record<string, tf.Tensor> = {};
      const next: Record<string, tf.Tensor> = { [updatesPath]: count };
      for (const [path, gradient] of Object.entries(gradients)) {
        const leaf = leaves.get(path);
        const group = groupOf(leaf, groups);
        const exempt = what === 'weights' && leaf?.decay === false;
        const decay = exempt ? 0 : (group.weightDecay ?? weightDecay);
        const rate = tf.mul(learningRate, group.learningRateScale ?? 1);

        const first = average(state[`moments/first/${path}`] as tf.Tensor, gradient, beta1);
        const second = average(state[`moments/second/${path}`] as tf.Tensor, tf.square(gradient), beta2);
        const deviation = tf.add(tf.sqrt(tf.div(second, correction2)), epsilon);
        const direction = tf.div(tf.div(first, correction1), deviation);
        const decayed = decay === 0 ? direction : tf.add(direction, tf.mul(parameters[path] as tf.Tensor, decay));
        updates[path] = tf.neg(tf.mul(rate, decayed));
        next[`moments/first/${path}`] = first;
        next[`moments/second/${path}`] = second;
      }
      return { updates, state: next };
    },
  };
}

/** beta old + (1 - beta) value */
function average(old: tf.Tensor, value: tf.Tensor, beta: number): tf.Tensor {
  return tf.add(tf.mul(old, beta), tf.mul(value, 1 - beta));
}

/**
 * 1 - beta^t as 2 tanh(y) / (1 + tanh(y)) with y = -t ln(beta) / 2: the plain difference would lose three digits of
 * float32 where beta^t is near one.
 */
function oneMinusPower(beta: number, count: tf.Tensor): tf.Tensor {
  if (beta === 0) return tf.onesLike(count);
  const half = tf.tanh(tf.mul(count, -Math.log(beta) / 2));
  return tf.div(tf.mul(half, 2), tf.add(half, 1));
}
