/** Long short-term memory (Hochreiter and Schmidhuber 1997), unrolled over time, with masks. */
import type { Tensors } from '@interfuse/core';
import * as tf from '@tensorflow/tfjs';
import { fanInUniform } from './leaves.js';
import { linear } from './linear.js';

export type LstmLeaves = ReturnType<typeof lstmLeaves>;

/** Gates in PyTorch's order: input, forget, cell, output; all start at U(±1/sqrt(hidden)). */
export function lstmLeaves(inputs: number, hidden: number) {
  const weight = (inputWidth: number) => fanInUniform([4 * hidden, inputWidth], hidden);
  const bias = () => fanInUniform([4 * hidden], hidden, { decay: false });
  return {
    input: { weight: weight(inputs), bias: bias() },
    recurrent: { weight: weight(hidden), bias: bias() },
  };
}

/**
 * @param x [B, S, D]; mask [B, S] bool: at a masked step the state stands still, so padding never matters
 * @param settings.reverse reads from the last step to the first
 * @returns outputs and cells [B, S, hidden] and the final hidden state [B, hidden]
 */
export function lstm(
  params: Tensors<LstmLeaves>,
  x: tf.Tensor,
  mask: tf.Tensor,
  { reverse = false } = {},
): { outputs: tf.Tensor; cells: tf.Tensor; last: tf.Tensor } {
  const [batch, steps] = x.shape as [number, number, number];
  const hidden = params.recurrent.weight.shape[1] as number;
  const projected = timeSteps(linear(params.input, x)); // S times [B, 4 hidden]
  const open = timeSteps(tf.cast(mask, 'float32')).map((step) => tf.expandDims(step, 1)); // S times [B, 1]
  let state: tf.Tensor = tf.zeros([batch, hidden]);
  let cell: tf.Tensor = tf.zeros([batch, hidden]);
  const outputs: tf.Tensor[] = new Array(steps);
  const cells: tf.Tensor[] = new Array(steps);
  for (let i = 0; i < steps; i += 1) {
    const step = reverse ? steps - 1 - i : i;
    const gates = tf.add(projected[step] as tf.Tensor, linear(params.recurrent, state)); // [B, 4 hidden]
    const [input, forget, candidate, output] = tf.split(gates, 4, 1) as [tf.Tensor, tf.Tensor, tf.Tensor, tf.Tensor];
    const nextCell = tf.add(tf.mul(tf.sigmoid(forget), cell), tf.mul(tf.sigmoid(input), tf.tanh(candidate)));
    const nextState = tf.mul(tf.sigmoid(output), tf.tanh(nextCell));
    const keep = open[step] as tf.Tensor;
    cell = tf.add(cell, tf.mul(keep, tf.sub(nextCell, cell)));
    state = tf.add(state, tf.mul(keep, tf.sub(nextState, state)));
    outputs[step] = state;
    cells[step] = cell;
  }
  return { outputs: tf.stack(outputs, 1), cells: tf.stack(cells, 1), last: state };
}

/** [B, S, ...] -> S times [B, ...]. TensorFlow.js has no gradient for `unstack` of a single entry. */
export function timeSteps(x: tf.Tensor): tf.Tensor[] {
  return x.shape[1] === 1 ? [tf.squeeze(x, [1])] : tf.unstack(x, 1);
}
