/** Output heads (arXiv 2504.11082): the task from everything together, and auxiliary guesses from each part alone. */
import type { Pass, Tensors } from '@interfuse/core';
import {
  batchNorm,
  batchNormLeaves,
  batchNormState,
  type LinearParameters,
  linear,
  linearLeaves,
  relu,
} from '@interfuse/nn';
import * as tf from '@tensorflow/tfjs';

export interface HeadShape {
  /** d of the language model, and e of Z. */
  readonly width: number;
  readonly streamWidth: number;
  readonly headWidth: number;
  readonly outputs: number;
}

/** @param auxiliary which of the auxiliary heads have a loss */
export function headLeaves(
  { width, streamWidth, headWidth, outputs }: HeadShape,
  auxiliary: { readonly fusion: boolean; readonly streams: boolean; readonly text: boolean },
) {
  const hidden = linearLeaves(2 * width + streamWidth, headWidth);
  const inert = 'the batch norm after it subtracts it again';
  const guess = (inputs: number): LinearParameters<true> => linearLeaves(inputs, outputs);
  const guesses: { fusion?: LinearParameters<true>; streams?: LinearParameters<true>; text?: LinearParameters<true> } =
    {
      ...(auxiliary.fusion ? { fusion: guess(width) } : {}),
      ...(auxiliary.streams ? { streams: guess(streamWidth) } : {}),
      ...(auxiliary.text ? { text: guess(width) } : {}),
    };
  return {
    parameters: {
      task: {
        hidden: { ...hidden, bias: { ...hidden.bias, inert } },
        norm: batchNormLeaves(headWidth),
        output: linearLeaves(headWidth, outputs),
      },
      ...guesses,
    },
    state: { norm: batchNormState(headWidth) },
  };
}

type HeadLeaves = ReturnType<typeof headLeaves>;

/** What the heads read. */
export interface Readings {
  /** F_out [B, n, d]: the fusion tokens after the final norm. */
  readonly fusion: tf.Tensor;
  /** h_t [B, d]: the last real word after the final norm. */
  readonly lastWord: tf.Tensor;
  /** [B, e]: the mean of Z over its steps. */
  readonly streams: tf.Tensor;
}

/**
 * @returns prediction [B, outputs] = output(relu(batchNorm(hidden([mean F_out ; h_t ; mean Z])))), and the guesses
 *   fusion [B, n, outputs], streams and text [B, outputs] of the heads that exist
 */
export function readOut(
  params: Tensors<HeadLeaves['parameters']>,
  state: Tensors<HeadLeaves['state']>,
  readings: Readings,
  pass: Pass,
) {
  const { task } = params;
  const joint = tf.concat([tf.mean(readings.fusion, 1), readings.lastWord, readings.streams], 1); // [B, 2 d + e]
  const normed = batchNorm(task.norm, state.norm, linear(task.hidden, joint), pass);
  const guesses: Record<string, tf.Tensor> = {};
  if (params.fusion) guesses.fusion = linear(params.fusion, readings.fusion);
  if (params.streams) guesses.streams = linear(params.streams, readings.streams);
  if (params.text) guesses.text = linear(params.text, readings.lastWord);
  return { prediction: linear(task.output, relu(normed.values)), guesses, state: { norm: normed.state } };
}
