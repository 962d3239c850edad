/** Temporal convolution without a bias (MulT, Tsai et al. 2019, arXiv 1906.00295, section 3.1): neighbouring steps, projected. */
import type { Tensors } from '@interfuse/core';
import { type Frames, linear, linearLeaves, zeroMasked } from '@interfuse/nn';
import * as tf from '@tensorflow/tfjs';

/** @param kernel how many neighbouring steps a step sees */
export function convolutionLeaves(inputs: number, outputs: number, kernel: number) {
  return linearLeaves(kernel * inputs, outputs, { bias: false });
}

/**
 * Every step from itself and its neighbours, as many before it as after it; beyond either end there are zeros.
 *
 * [B, T, inputs] -> [B, T, outputs], zero where the mask is false
 */
export function temporalConvolution(
  params: Tensors<ReturnType<typeof convolutionLeaves>>,
  { values, mask }: Frames,
  kernel: number,
): Frames {
  const real = zeroMasked(values, mask);
  if (kernel === 1) return { values: linear(params, real), mask };
  const time = real.shape[1] as number;
  const before = Math.floor((kernel - 1) / 2);
  const padded = tf.pad(real, [
    [0, 0],
    [before, kernel - 1 - before],
    [0, 0],
  ]);
  const shifted = Array.from({ length: kernel }, (_, offset) => tf.slice(padded, [0, offset, 0], [-1, time, -1]));
  return { values: zeroMasked(linear(params, tf.concat(shifted, 2)), mask), mask };
}
