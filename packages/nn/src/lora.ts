/** Low-rank adaptation of a linear layer (Hu et al. 2021, arXiv 2106.09685): what is added to a frozen layer's output. */
import type { Leaf, Pass, Tensors } from '@interfuse/core';
import * as tf from '@tensorflow/tfjs';
import { dropout } from './dropout.js';
import { fanInUniform, zeros } from './leaves.js';
import { linear } from './linear.js';

export interface LoraSettings {
  /** The product is multiplied by this; alpha / rank in the paper. */
  readonly scale: number;
  /** Rate of dropout on the input. */
  readonly dropout: number;
  readonly pass: Pass;
}

/** `down` [rank, inputs] and `up` [outputs, rank], which starts at zero, so that the adapted layer starts as it was. */
export function loraLeaves(inputs: number, outputs: number, rank: number): { down: Leaf; up: Leaf } {
  return { down: fanInUniform([rank, inputs], inputs), up: zeros([outputs, rank]) };
}

/** scale * up(down(dropout(x))): [..., inputs] -> [..., outputs]. */
export function lora(params: Tensors<ReturnType<typeof loraLeaves>>, x: tf.Tensor, settings: LoraSettings): tf.Tensor {
  const low = linear({ weight: params.down }, dropout(x, settings.dropout, settings.pass));
  return tf.mul(linear({ weight: params.up }, low), settings.scale);
}
