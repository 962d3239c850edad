/**
 * The transformers of MulT (Tsai et al. 2019, arXiv 1906.00295, sections 3.1 and 3.2): one in which a sequence reads
 * another one at every layer, and one in which it reads itself.
 */
import type { Pass, Tensors } from '@interfuse/core';
import {
  crossLayer,
  crossLayerLeaves,
  dropout,
  type Frames,
  layerNorm,
  layerNormLeaves,
  transformerLayer,
  transformerLayerLeaves,
  withPositions,
  zeroMasked,
} from '@interfuse/nn';
import * as tf from '@tensorflow/tfjs';

export interface CrossModalSettings {
  readonly heads: number;
  /** Rate of dropout in the feed-forwards and on both branches of a layer. */
  readonly rate: number;
  /** Rate of dropout on what is attended to. */
  readonly attentionRate: number;
  /** Rate of dropout on a sequence and its positions. */
  readonly embeddingRate: number;
  readonly pass: Pass;
}

const inner = (width: number): number => 4 * width;

export function crossModalLeaves(width: number, layers: number) {
  return {
    layers: Array.from({ length: layers }, () => crossLayerLeaves(width, inner(width))),
    norm: layerNormLeaves(width),
  };
}

/**
 * The target [B, T, D], reinforced layer by layer by the source [B, S, D] as it was: every layer reads the same, low-level
 * vectors.
 *
 * @returns [B, T, D], zero where the target's mask is false, and what the last layer read [B, H, T, S]
 */
export function crossModalTransformer(
  params: Tensors<ReturnType<typeof crossModalLeaves>>,
  target: Frames,
  source: Frames,
  settings: CrossModalSettings,
): { frames: Frames; probabilities: tf.Tensor } {
  const read = embed(source, settings);
  const allowed = readable(source);
  let x = embed(target, settings);
  let probabilities: tf.Tensor | undefined;
  for (const layer of params.layers) {
    const layered = crossLayer(layer, x, read, { ...settings, allowed });
    x = layered.values;
    probabilities = layered.probabilities;
  }
  return { frames: normed(params.norm, x, target), probabilities: probabilities as tf.Tensor };
}

export function memoryLeaves(width: number, layers: number) {
  return {
    layers: Array.from({ length: layers }, () => transformerLayerLeaves(width, inner(width))),
    norm: layerNormLeaves(width),
  };
}

/** A sequence that reads itself: [B, T, D] -> [B, T, D], zero where its mask is false. */
export function memoryTransformer(
  params: Tensors<ReturnType<typeof memoryLeaves>>,
  sequence: Frames,
  settings: CrossModalSettings,
): Frames {
  const allowed = readable(sequence);
  let x = embed(sequence, settings);
  for (const layer of params.layers) x = transformerLayer(layer, x, { ...settings, allowed });
  return normed(params.norm, x, sequence);
}

function embed({ values }: Frames, { embeddingRate, pass }: CrossModalSettings): tf.Tensor {
  return dropout(withPositions(values), embeddingRate, pass);
}

/** [B, 1, 1, S]: every position may read the real ones. */
function readable({ mask }: Frames): tf.Tensor {
  return tf.expandDims(tf.expandDims(mask, 1), 1);
}

function normed(norm: Tensors<ReturnType<typeof layerNormLeaves>>, x: tf.Tensor, { mask }: Frames): Frames {
  return { values: zeroMasked(layerNorm(norm, x), mask), mask };
}
