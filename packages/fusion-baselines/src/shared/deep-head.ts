/** A head of two hidden layers, as TFN (arXiv 1707.07250), MLF-DNN (CH-SIMS, 2020) and Self-MM (arXiv 2102.04830) end in. */
import type { Pass, Tensors } from '@interfuse/core';
import { dropout, linear, linearLeaves, relu } from '@interfuse/nn';
import type { Tensor } from '@tensorflow/tfjs';

export function deepHeadLeaves(inputs: number, hidden: number, outputs: number) {
  return {
    first: linearLeaves(inputs, hidden),
    second: linearLeaves(hidden, hidden),
    output: linearLeaves(hidden, outputs),
  };
}

/**
 * output(relu(second(f))) with f = relu(first(dropout(x))), which are the features of the sample.
 *
 * @param x [B, inputs]
 * @returns prediction [B, outputs] and features [B, hidden]
 */
export function deepHead(
  params: Tensors<ReturnType<typeof deepHeadLeaves>>,
  x: Tensor,
  { rate, pass }: { readonly rate: number; readonly pass: Pass },
): { prediction: Tensor; features: Tensor } {
  const features = relu(linear(params.first, dropout(x, rate, pass)));
  return { prediction: linear(params.output, relu(linear(params.second, features))), features };
}
