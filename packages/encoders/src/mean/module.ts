/** Mean pooling of one stream after a linear projection. */
import type { Encoder, Pass, StreamInput, StreamSpec, Tensors, TensorTree } from '@interfuse/core';
import { dropout, linear, linearLeaves, maskedMean, zeroMasked } from '@interfuse/nn';
import * as tf from '@tensorflow/tfjs';
import { realFrames } from '../frames.js';
import type { MeanOptions } from './plugin.js';

export function createMean({ width, dropout: rate }: MeanOptions, { stream }: { stream: StreamSpec }): Encoder {
  const parameters = { projection: linearLeaves(stream.width, width) };

  function encode(params: Tensors<typeof parameters>, state: TensorTree, input: StreamInput, pass: Pass) {
    const frames = realFrames(input);
    // The mean first: the projection is linear, and one vector is cheaper to project than all frames.
    const average = linear(params.projection, maskedMean(frames.values, frames.mask)); // [B, D]
    const mask = tf.greater(tf.sum(tf.cast(frames.mask, 'int32'), 1, true), 0); // [B, 1]
    const x = dropout(tf.expandDims(average, 1), rate, pass); // [B, 1, D]
    return { encoded: { values: zeroMasked(x, mask), mask }, state };
  }

  return { parameters, state: {}, width, steps: 1, encode };
}
