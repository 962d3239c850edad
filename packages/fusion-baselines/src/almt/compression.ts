/**
 * What ALMT makes of a modality first (Zhang et al. 2023, arXiv 2310.05804, "Unified Modality Embedding"): a few learned
 * tokens read its sequence in a small transformer, and stand for it from then on.
 */
import type { Pass, Tensors } from '@interfuse/core';
import {
  type Frames,
  linear,
  linearLeaves,
  normal,
  transformerLayer,
  transformerLayerLeaves,
  withPositions,
} from '@interfuse/nn';
import * as tf from '@tensorflow/tfjs';

export interface CompressionShape {
  readonly width: number;
  readonly tokens: number;
  readonly depth: number;
  /** Width inside the feed-forwards. */
  readonly inner: number;
}

export function compressionLeaves(inputs: number, { width, tokens, depth, inner }: CompressionShape) {
  return {
    projection: linearLeaves(inputs, width),
    tokens: normal([tokens, width], 1),
    layers: Array.from({ length: depth }, () => transformerLayerLeaves(width, inner)),
  };
}

/**
 * transformer([tokens ; project(x) + positions]), of which the tokens: [B, S, inputs] -> [B, k, D]. Where no step is real,
 * they have read nothing but each other.
 */
export function compress(
  params: Tensors<ReturnType<typeof compressionLeaves>>,
  { values, mask }: Frames,
  settings: { readonly heads: number; readonly rate: number; readonly pass: Pass },
): tf.Tensor {
  const [batch] = values.shape as [number];
  const [tokens] = params.tokens.shape as [number];
  const steps = withPositions(linear(params.projection, values)); // [B, S, D]
  const fresh = tf.tile(tf.expandDims(params.tokens, 0), [batch, 1, 1]); // [B, k, D]
  const real = tf.concat([tf.ones([batch, tokens], 'bool'), mask], 1); // [B, k + S]
  const allowed = tf.expandDims(tf.expandDims(real, 1), 1); // [B, 1, 1, k + S]
  let x: tf.Tensor = tf.concat([fresh, steps], 1); // [B, k + S, D]
  for (const layer of params.layers) x = transformerLayer(layer, x, { ...settings, allowed });
  return tf.slice(x, [0, 0, 0], [-1, tokens, -1]);
}
