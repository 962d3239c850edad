/** The head that every strategy here ends in: one hidden layer over a joint vector. */
import type { Pass, Tensors } from '@interfuse/core';
import { dropout, layerNorm, layerNormLeaves, linear, linearLeaves, relu } from '@interfuse/nn';
import type { Tensor } from '@tensorflow/tfjs';

export function headLeaves(inputs: number, hidden: number, outputs: number) {
  return {
    norm: layerNormLeaves(inputs),
    hidden: linearLeaves(inputs, hidden),
    output: linearLeaves(hidden, outputs),
  };
}

/** output(dropout(relu(hidden(norm(x))))): [B, inputs] -> [B, outputs]. */
export function predict(params: Tensors<ReturnType<typeof headLeaves>>, x: Tensor, rate: number, pass: Pass): Tensor {
  const hidden = relu(linear(params.hidden, layerNorm(params.norm, x)));
  return linear(params.output, dropout(hidden, rate, pass));
}
