/**
 * The multimodal adaptation gate (Rahman et al. 2020, "Integrating Multimodal Information in Large Pretrained Transformers",
 * arXiv 1908.05787, section 4): a shift of each word, never longer than beta times the word.
 */
import type { Encoded, Pass, Tensors } from '@interfuse/core';
import { dropout, layerNorm, layerNormLeaves, linear, linearLeaves, perStream, relu, zeroMasked } from '@interfuse/nn';
import * as tf from '@tensorflow/tfjs';

function streamLeaves(streamWidth: number, width: number) {
  return { gate: linearLeaves(streamWidth + width, width), value: linearLeaves(streamWidth, width) };
}

/** @param streamWidths features of each stream; @param width of the words */
export function gateLeaves(streamWidths: { readonly [stream: string]: number }, width: number) {
  const streams = Object.entries(streamWidths).map(([name, inputs]) => [name, streamLeaves(inputs, width)] as const);
  return { norm: layerNormLeaves(width), streams: Object.fromEntries(streams) };
}

export interface GateSettings {
  readonly beta: number;
  readonly dropout: number;
}

/**
 * Z + alpha H, where H sums g_m * (W_m V_m) over the streams m with g_m = relu(W_gm [V_m ; norm(Z)]), and alpha =
 * min(beta |Z| / |H|, 1).
 *
 * @param words Z [B, L, d]; streams V by name [B, L, D], whose mask says where something was heard: elsewhere H gets nothing
 * @returns the shifted words [B, L, d] and alpha [B, L, 1]
 */
export function adaptationGate(
  params: Tensors<ReturnType<typeof gateLeaves>>,
  words: tf.Tensor,
  streams: { readonly [stream: string]: Encoded },
  { beta, dropout: rate }: GateSettings,
  pass: Pass,
): { hidden: tf.Tensor; alpha: tf.Tensor } {
  const normed = layerNorm(params.norm, words); // [B, L, d]
  const parts = perStream(streams, params.streams, ({ values, mask }, own) => {
    const gate = relu(linear(own.gate, tf.concat([values, normed], 2))); // [B, L, d]
    return zeroMasked(tf.mul(gate, linear(own.value, values)), mask);
  });
  const shift = dropout(tf.addN(parts), rate, pass); // [B, L, d]
  const alpha = tf.minimum(tf.mul(tf.div(lengthOf(words), lengthOf(shift)), beta), 1); // [B, L, 1]
  return { hidden: tf.add(words, tf.mul(shift, alpha)), alpha };
}

/** |x|: [B, L, d] -> [B, L, 1]; a little above 0 where x is 0, whose root has no gradient. */
function lengthOf(x: tf.Tensor): tf.Tensor {
  return tf.sqrt(tf.add(tf.sum(tf.square(x), 2, true), 1e-12));
}
