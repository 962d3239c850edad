/** Linear layer: y = x W^T + b, with the weight [outputs, inputs] as PyTorch and Hugging Face store it. */
import type { Leaf, Tensors } from '@interfuse/core';
import * as tf from '@tensorflow/tfjs';
import { fanInUniform } from './leaves.js';

export type LinearParameters<B extends boolean = boolean> = B extends true
  ? { readonly weight: Leaf; readonly bias: Leaf }
  : { readonly weight: Leaf; readonly bias?: Leaf };

/** Leaves of a linear layer, with PyTorch's default start U(±1/sqrt(inputs)); weight decay leaves the bias alone. */
export function linearLeaves(inputs: number, outputs: number): { weight: Leaf; bias: Leaf };
export function linearLeaves(inputs: number, outputs: number, settings: { bias: false }): { weight: Leaf };
export function linearLeaves(inputs: number, outputs: number, { bias = true } = {}) {
  const weight = fanInUniform([outputs, inputs], inputs);
  return bias ? { weight, bias: fanInUniform([outputs], inputs, { decay: false }) } : { weight };
}

/** What an adapter adds to the output of a linear layer, from the same input: [..., inputs] -> [..., outputs]. */
export type Addition = (x: tf.Tensor) => tf.Tensor;

/** [..., inputs] -> [..., outputs], as one two-dimensional product (the fast path of every engine). */
export function linear(
  params:
    | { readonly weight: tf.Tensor; readonly bias?: tf.Tensor | undefined; readonly addition?: Addition }
    | Tensors<LinearParameters>,
  x: tf.Tensor,
): tf.Tensor {
  const [outputs, inputs] = params.weight.shape as [number, number];
  const flat = tf.reshape(x, [-1, inputs]) as tf.Tensor2D; // [product of the rest, inputs]
  const product = tf.matMul(flat, params.weight as tf.Tensor2D, false, true);
  const biased = params.bias ? tf.add(product, params.bias) : product;
  const y = tf.reshape(biased, [...x.shape.slice(0, -1), outputs]);
  return 'addition' in params && params.addition ? tf.add(y, params.addition(x)) : y;
}
