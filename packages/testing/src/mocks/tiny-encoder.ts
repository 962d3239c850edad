/** An encoder small enough for tests: one linear layer per frame, resampled where a fixed number of steps is asked for. */
import type { Encoder, Pass, StreamInput, StreamSpec, Tensors } from '@interfuse/core';
import { linear, linearLeaves, resample, zeroMasked, zeros } from '@interfuse/nn';
import * as tf from '@tensorflow/tfjs';

const width = 8;

/**
 * It counts its training passes in a state leaf `passes`, which shows whether a strategy hands on what encoders return.
 *
 * @param steps that it returns; undefined keeps the frames, padding and all
 */
export function tinyEncoder(stream: StreamSpec, steps?: number): Encoder {
  const parameters = { projection: linearLeaves(stream.width, width) };
  const state = { passes: zeros([1], { train: false }) };

  function encode(params: Tensors<typeof parameters>, before: Tensors<typeof state>, input: StreamInput, pass: Pass) {
    const mask = tf.logicalAnd(input.mask, tf.expandDims(input.present, 1)); // [B, S]
    const frames = tf.tanh(linear(params.projection, zeroMasked(input.values, mask))); // [B, S, D]
    const encoded = resample({ values: zeroMasked(frames, mask), mask }, steps ?? null, 'local');
    return { encoded, state: { passes: pass.training ? tf.add(before.passes, 1) : before.passes } };
  }

  return { parameters, state, width, ...(steps === undefined ? {} : { steps }), encode };
}
