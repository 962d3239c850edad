/**
 * Adaptive hyper-modality learning (ALMT, Zhang et al. 2023, arXiv 2310.05804): the tokens of the text ask those of every
 * stream for what suits them, and what they are told moves a representation that belongs to no modality.
 */
import type { Tensors } from '@interfuse/core';
import {
  attend,
  type Frames,
  layerNorm,
  layerNormLeaves,
  linear,
  linearLeaves,
  mergeHeads,
  splitHeads,
} from '@interfuse/nn';
import * as tf from '@tensorflow/tfjs';
import { type ByModality, mapModalities, ofModality } from '../shared/by-modality.js';

function readerLeaves(width: number) {
  return {
    norm: layerNormLeaves(width),
    key: linearLeaves(width, width, { bias: false }),
    value: linearLeaves(width, width, { bias: false }),
  };
}

/** @param streams anything by stream: their names count */
export function hyperLayerLeaves(streams: ByModality<unknown>, width: number) {
  return {
    norm: layerNormLeaves(width),
    query: linearLeaves(width, width, { bias: false }),
    readers: mapModalities(streams, () => readerLeaves(width)),
    output: linearLeaves(width, width),
  };
}

/**
 * hyper + output(sum over streams of attention(guide, stream)).
 *
 * @param hyper [B, k, D]; @param guide [B, k, D], the text at the scale of this layer
 * @param streams tokens [B, k, D] of each, masked where a sample lacks the stream
 * @returns hyper [B, k, D], and by stream what was read [B, H, k, k]; an absent stream adds nothing
 */
export function hyperLayer(
  params: Tensors<ReturnType<typeof hyperLayerLeaves>>,
  hyper: tf.Tensor,
  guide: tf.Tensor,
  streams: ByModality<Frames>,
  heads: number,
): { hyper: tf.Tensor; probabilities: Record<string, tf.Tensor> } {
  const query = splitHeads(linear(params.query, layerNorm(params.norm, guide)), heads); // [B, H, k, D/H]
  const probabilities: Record<string, tf.Tensor> = {};
  const told = Object.entries(streams).map(([stream, { values, mask }]) => {
    const reader = ofModality(params.readers, stream);
    const tokens = layerNorm(reader.norm, values);
    const read = attend(
      query,
      splitHeads(linear(reader.key, tokens), heads),
      splitHeads(linear(reader.value, tokens), heads),
      { allowed: tf.expandDims(tf.expandDims(mask, 1), 1) }, // [B, 1, 1, k]
    );
    probabilities[stream] = read.probabilities;
    return mergeHeads(read.values); // [B, k, D]
  });
  return { hyper: tf.add(hyper, linear(params.output, tf.addN(told))), probabilities };
}
