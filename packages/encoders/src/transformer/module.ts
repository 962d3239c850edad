/**
 * Transformer encoder of one stream: x = sqrt(d) W x + positions, then pre-norm layers (arXiv 2504.11082 and its
 * released program). No norm follows the last layer: whoever uses the vectors norms them.
 */
import {
  type Encoder,
  InterfuseError,
  type Leaves,
  type Pass,
  type StreamInput,
  type StreamSpec,
  type Tensors,
} from '@interfuse/core';
import {
  batchNorm,
  batchNormLeaves,
  batchNormState,
  dropout,
  type Frames,
  linear,
  linearLeaves,
  resample,
  sinusoids,
  transformerLayer,
  transformerLayerLeaves,
  weights,
  zeroMasked,
} from '@interfuse/nn';
import * as tf from '@tensorflow/tfjs';
import { realFrames, withPadding } from '../frames.js';
import type { TransformerOptions } from './plugin.js';

/** Adds the position of every step whose first channel is not zero: a frame of zeros is taken for padding. */
function addPositions(x: tf.Tensor): tf.Tensor {
  const [, time, width] = x.shape as [number, number, number];
  const first = tf.slice(x, [0, 0, 0], [-1, -1, 1]); // [B, T, 1]
  const table = tf.tensor3d(sinusoids(time, width), [1, time, width]);
  // 0 or 1. Comparisons have no gradient in TensorFlow.js; that of `sign` is zero, which is meant here.
  const counted = tf.abs(tf.sign(first));
  return tf.add(x, tf.mul(table, counted));
}

export function createTransformer(options: TransformerOptions, { stream }: { stream: StreamSpec }): Encoder {
  const { width, layers, heads, dropout: rate, steps, align, masked } = options;
  if (width % heads !== 0) {
    throw new InterfuseError('CONFIG_WRONG_VALUE', {
      place: `encoders.${stream.name}.options.heads`,
      expected: `a divisor of the width ${width}`,
      got: String(heads),
    });
  }
  const parameters = {
    ...(options.batchNorm ? { inputNorm: batchNormLeaves(stream.width) } : {}),
    projection: linearLeaves(stream.width, width, { bias: false }),
    layers: Array.from({ length: layers }, () => transformerLayerLeaves(width, options.feedForward ?? 4 * width)),
  };
  const state: { inputNorm?: ReturnType<typeof batchNormState> } = options.batchNorm
    ? { inputNorm: batchNormState(stream.width) }
    : {};

  function encode(params: Tensors<typeof parameters>, before: Tensors<typeof state>, input: StreamInput, pass: Pass) {
    const real = realFrames(input);
    const frames: Frames = resample(masked ? real : withPadding(real), steps, align); // [B, T, stream width]
    let x = frames.values;
    let after = before;
    if (params.inputNorm && before.inputNorm) {
      const normed = batchNorm(params.inputNorm, before.inputNorm, x, pass, { weight: weights(frames.mask) });
      x = zeroMasked(normed.values, frames.mask);
      after = { inputNorm: normed.state };
    }
    x = tf.mul(linear(params.projection, x), Math.sqrt(width)); // [B, T, D]
    x = dropout(addPositions(x), rate, pass);
    const allowed = masked ? tf.expandDims(tf.expandDims(frames.mask, 1), 1) : undefined; // [B, 1, 1, T]
    for (const layer of params.layers) x = transformerLayer(layer, x, { heads, rate, allowed, pass });
    const mask = tf.logicalAnd(frames.mask, tf.expandDims(input.present, 1));
    return { encoded: { values: zeroMasked(x, mask), mask }, state: after };
  }

  return {
    parameters,
    state: state as Leaves,
    width,
    ...(steps === null ? {} : { steps }),
    ...(masked ? {} : { faithful: 'DeepMLF, as published, counts padded frames as frames of zeros' }),
    encode,
  };
}
