/**
 * Output heads (arXiv 2504.11082): the task from everything together, and auxiliary guesses from each part alone.
 *
 * The task head has a batch norm, whose statistics of a batch of one sample mean nothing: that of the released program
 * refuses such a batch, ours takes the running statistics, as in evaluation, and leaves them as they are.
 */
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
  /** Whether there are fusion tokens. Default: true. */
  readonly hasTokens?: boolean;
}

/** @param auxiliary which of the auxiliary heads have a loss */
export function headLeaves(
  { width, streamWidth, headWidth, outputs, hasTokens = true }: HeadShape,
  auxiliary: { readonly fusion: boolean; readonly streams: boolean; readonly text: boolean },
) {
  const hidden = linearLeaves((hasTokens ? 2 : 1) * width + streamWidth, headWidth);
  const inert = 'the batch norm after it subtracts it again';
  const guess = (inputs: number): LinearParameters<true> => linearLeaves(inputs, outputs);
  const guesses: { fusion?: LinearParameters<true>; streams?: LinearParameters<true>; text?: LinearParameters<true> } =
    {
      ...(auxiliary.fusion && hasTokens ? { fusion: guess(width) } : {}),
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
  /** F_out [B, n, d]: the fusion tokens after the final norm; absent if there are none. */
  readonly fusion?: tf.Tensor;
  /** h_t [B, d]: the last real word after the final norm. */
  readonly lastWord: tf.Tensor;
  /** [B, e]: the mean of Z over its steps. */
  readonly streams: tf.Tensor;
}

/**
 * @returns prediction [B, outputs] = output(relu(batchNorm(hidden([mean F_out ; h_t ; mean Z])))), and the guesses
 *   fusion [B, n, outputs], streams and text [B, outputs] of the heads that exist; hidden [B, headWidth], the relu
 */
export function readOut(
  params: Tensors<HeadLeaves['parameters']>,
  state: Tensors<HeadLeaves['state']>,
  readings: Readings,
  pass: Pass,
) {
  const { task } = params;
  const { fusion, lastWord, streams } = readings;
  const joint = tf.concat([...(fusion ? [tf.mean(fusion, 1)] : []), lastWord, streams], 1); // [B, 2 d + e | d + e]
  const isAlone = joint.shape[0] === 1;
  const normed = batchNorm(task.norm, state.norm, linear(task.hidden, joint), isAlone ? settled(pass) : pass);
  const guesses: Record<string, tf.Tensor> = {};
  if (params.fusion && fusion) guesses.fusion = linear(params.fusion, fusion);
  if (params.streams) guesses.streams = linear(params.streams, streams);
  if (params.text) guesses.text = linear(params.text, lastWord);
  const hidden = relu(normed.values);
  return { prediction: linear(task.output, hidden), guesses, hidden, state: { norm: normed.state } };
}

/** The same pass as if nothing were trained. */
function settled(pass: Pass): Pass {
  return { ...pass, training: false };
}
