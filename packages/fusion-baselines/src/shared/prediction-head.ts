/**
 * The head that every strategy here ends in: one hidden layer over a joint vector.
 *
 * The vector is batch-normed, not layer-normed: a few features of a language model's hidden states dwarf all others, and
 * a norm over the features of one sample would keep it so.
 */
import type { Pass, Tensors } from '@interfuse/core';
import { batchNorm, batchNormLeaves, batchNormState, dropout, linear, linearLeaves, relu } from '@interfuse/nn';
import type { Tensor } from '@tensorflow/tfjs';

export function headLeaves(inputs: number, hidden: number, outputs: number) {
  return {
    parameters: {
      norm: batchNormLeaves(inputs),
      hidden: linearLeaves(inputs, hidden),
      output: linearLeaves(hidden, outputs),
    },
    state: { norm: batchNormState(inputs) },
  };
}

type HeadLeaves = ReturnType<typeof headLeaves>;

/** output(dropout(relu(hidden(batchNorm(x))))): [B, inputs] -> prediction [B, outputs], and the state after. */
export function predict(
  params: Tensors<HeadLeaves['parameters']>,
  state: Tensors<HeadLeaves['state']>,
  x: Tensor,
  rate: number,
  pass: Pass,
): { prediction: Tensor; state: { norm: { mean: Tensor; variance: Tensor } } } {
  const normed = batchNorm(params.norm, state.norm, x, pass);
  const hidden = relu(linear(params.hidden, normed.values));
  return { prediction: linear(params.output, dropout(hidden, rate, pass)), state: { norm: normed.state } };
}
