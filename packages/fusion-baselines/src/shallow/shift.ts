/**
 * The shift of shallow fusion: words attend to each stream, and what they read moves them once, in the manner of CENET
 * (Wang et al. 2022, "Cross-modal Enhancement Network for Multimodal Sentiment Analysis").
 */
import type { Encoded, Tensors } from '@interfuse/core';
import {
  attend,
  constant,
  layerNorm,
  layerNormLeaves,
  linear,
  linearLeaves,
  mergeHeads,
  perStream,
  splitHeads,
} from '@interfuse/nn';
import * as tf from '@tensorflow/tfjs';

function readerLeaves(streamWidth: number, width: number) {
  return {
    norm: layerNormLeaves(streamWidth),
    query: linearLeaves(width, width, { bias: false }),
    key: linearLeaves(streamWidth, width, { bias: false }),
    value: linearLeaves(streamWidth, width, { bias: false }),
  };
}

/** @param streamWidths width of each encoded stream; @param gate start of the gate before its sigmoid */
export function shiftLeaves(streamWidths: { readonly [stream: string]: number }, width: number, gate: number) {
  const streams = Object.entries(streamWidths);
  return {
    norm: layerNormLeaves(width),
    readers: Object.fromEntries(streams.map(([name, streamWidth]) => [name, readerLeaves(streamWidth, width)])),
    output: linearLeaves(streams.length * width, width, { bias: false }),
    gate: constant([1], gate),
  };
}

/**
 * hidden + sigmoid(gate) * output([read_1 ; read_2 ; ...]), read_m being attention from the normed words to stream m.
 *
 * @param hidden [B, L, d]
 * @returns the shifted words [B, L, d], and by stream the attention [B, H, L, S]; a stream that is absent shifts nothing
 */
export function shift(
  params: Tensors<ReturnType<typeof shiftLeaves>>,
  hidden: tf.Tensor,
  encoded: { readonly [stream: string]: Encoded },
  heads: number,
): { hidden: tf.Tensor; probabilities: Record<string, tf.Tensor> } {
  const words = layerNorm(params.norm, hidden);
  const probabilities: Record<string, tf.Tensor> = {};
  const reads = perStream(encoded, params.readers, ({ values, mask }, reader, stream) => {
    const steps = layerNorm(reader.norm, values); // [B, S, D]
    const read = attend(
      splitHeads(linear(reader.query, words), heads), // [B, H, L, d/H]
      splitHeads(linear(reader.key, steps), heads), // [B, H, S, d/H]
      splitHeads(linear(reader.value, steps), heads),
      { allowed: tf.expandDims(tf.expandDims(mask, 1), 1) }, // [B, 1, 1, S]
    );
    probabilities[stream] = read.probabilities;
    return mergeHeads(read.values); // [B, L, d]
  });
  const moved = linear(params.output, tf.concat(reads, 2)); // [B, L, d]
  return { hidden: tf.add(hidden, tf.mul(tf.sigmoid(params.gate), moved)), probabilities };
}
