/**
 * Template name: the mathematics. Every frame goes through a gated linear unit (Dauphin et al. 2017, arXiv 1612.08083):
 * y = (W x + b) * sigmoid(V x + c).
 *
 * Letters: B batch, S frames, D width of the vectors.
 */
import type { Encoder, Pass, StreamInput, StreamSpec, Tensors, TensorTree } from '@interfuse/core';
import { dropout, linear, linearLeaves, zeroMasked } from '@interfuse/nn';
import * as tf from '@tensorflow/tfjs';
import type { TemplateNameOptions } from './plugin.js';

export function createTemplateName(
  { width, dropout: rate }: TemplateNameOptions,
  { stream }: { stream: StreamSpec },
): Encoder {
  const parameters = { values: linearLeaves(stream.width, width), gates: linearLeaves(stream.width, width) };

  function encode(params: Tensors<typeof parameters>, state: TensorTree, input: StreamInput, pass: Pass) {
    // A sample that lacks the stream has no frame; what lies under the mask never matters.
    const mask = tf.logicalAnd(input.mask, tf.expandDims(input.present, 1)); // [B, S]
    const frames = zeroMasked(input.values, mask); // [B, S, width of the stream]
    const gates = tf.sigmoid(linear(params.gates, frames)); // [B, S, D]
    const x = dropout(tf.mul(linear(params.values, frames), gates), rate, pass);
    return { encoded: { values: zeroMasked(x, mask), mask }, state };
  }

  return { parameters, state: {}, width, encode };
}
