/**
 * The layer of one stream beside a block of the language model (MBT, Nagrani et al. 2021, arXiv 2107.00135, section 3.2):
 * steps and bottleneck read each other. Streams have a width of their own, so the bottleneck is projected down, and what
 * it has learned is projected up.
 */
import type { Tensors } from '@interfuse/core';
import {
  type Frames,
  layerNorm,
  layerNormLeaves,
  linear,
  linearLeaves,
  selfLayer,
  type TransformerLayerSettings,
  transformerLayer,
  transformerLayerLeaves,
  zeroMasked,
} from '@interfuse/nn';
import * as tf from '@tensorflow/tfjs';

export interface StreamLayerShape {
  /** e of the encoder. */
  readonly streamWidth: number;
  /** d of the language model. */
  readonly width: number;
  /** Of the bottleneck. */
  readonly tokens: number;
  /** Whether a later layer reads what this one tells the bottleneck. */
  readonly tells: boolean;
}

export function streamLayerLeaves({ streamWidth, width, tokens, tells }: StreamLayerShape) {
  const exchange = {
    norm: layerNormLeaves(width),
    down: linearLeaves(width, streamWidth),
    ...(tells ? { up: linearLeaves(streamWidth, width, { bias: false }) } : {}),
  };
  return {
    layer: transformerLayerLeaves(streamWidth, 4 * streamWidth),
    ...(tokens === 0 ? {} : { exchange }),
  };
}

/**
 * [steps' ; t'] = layer([steps ; t]) with t = down(norm(bottleneck)), and up(t' - t): what the stream tells the bottleneck.
 *
 * @param steps [B, S, e]; @param bottleneck [B, n, d], absent where n is 0
 * @returns steps; change [B, n, d], if the layer tells; and what the tokens read of the steps [B, H, n, S]
 */
export function streamLayer(
  params: Tensors<ReturnType<typeof streamLayerLeaves>>,
  { values, mask }: Frames,
  bottleneck: tf.Tensor | undefined,
  settings: Omit<TransformerLayerSettings, 'allowed'>,
): { steps: Frames; change?: tf.Tensor; read?: tf.Tensor } {
  const { layer, exchange } = params;
  if (!bottleneck || !exchange) {
    const alone = transformerLayer(layer, values, { ...settings, allowed: readable(mask) });
    return { steps: { values: zeroMasked(alone, mask), mask } };
  }
  const [batch, tokens] = bottleneck.shape as [number, number];
  const length = mask.shape[1] as number;
  const before = linear(exchange.down, layerNorm(exchange.norm, bottleneck)); // [B, n, e]
  const real = tf.concat([mask, tf.ones([batch, tokens], 'bool')], 1); // [B, S + n]
  const together = selfLayer(layer, tf.concat([values, before], 1), { ...settings, allowed: readable(real) });
  const [steps, after] = tf.split(together.values, [length, tokens], 1) as [tf.Tensor, tf.Tensor]; // [B, S | n, e]
  return {
    steps: { values: zeroMasked(steps, mask), mask },
    read: tf.slice(together.probabilities, [0, 0, length, 0], [-1, -1, tokens, length]),
    ...(exchange.up ? { change: linear(exchange.up, tf.sub(after, before)) } : {}),
  };
}

/** [B, 1, 1, T]: every position may read the real ones. */
function readable(mask: tf.Tensor): tf.Tensor {
  return tf.expandDims(tf.expandDims(mask, 1), 1);
}
