/** The feed-forward of a transformer block: plain (Vaswani et al. 2017) or gated (Shazeer 2020, arXiv 2002.05202). */
import type { FeedForward, Pass, Tensors } from '@interfuse/core';
import * as tf from '@tensorflow/tfjs';
import { type Activation, activate } from './activations.js';
import { dropout } from './dropout.js';
import { linear, linearLeaves } from './linear.js';

/** Two linear layers: D to the inner width, and back. */
export function feedForwardLeaves(width: number, inner: number) {
  return { up: linearLeaves(width, inner), down: linearLeaves(inner, width) };
}

/** down(dropout(activation(up(x)))): [..., D] -> [..., D]. */
export function feedForward(
  params: Tensors<Extract<FeedForward, { kind: 'plain' }>['parameters']>,
  x: tf.Tensor,
  activation: Activation,
  inside?: { dropout: number; pass: Pass },
): tf.Tensor {
  const hidden = activate(activation, linear(params.up, x));
  return linear(params.down, inside ? dropout(hidden, inside.dropout, inside.pass) : hidden);
}

/** down(activation(gate(x)) * up(x)): [..., D] -> [..., D]. */
export function gatedFeedForward(
  params: Tensors<Extract<FeedForward, { kind: 'gated' }>['parameters']>,
  x: tf.Tensor,
  activation: Activation,
): tf.Tensor {
  return linear(params.down, tf.mul(activate(activation, linear(params.gate, x)), linear(params.up, x)));
}
