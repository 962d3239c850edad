/**
 * A task head that lets summaries look at each other: a small transformer encoder over [CLS] and one vector of each part
 * (SeRIn, arXiv 2607.12686; the README of DMPF names one of this kind, too).
 */
import type { Pass, Tensors } from '@interfuse/core';
import {
  inFork,
  type LinearParameters,
  layerNorm,
  layerNormLeaves,
  linear,
  linearLeaves,
  normal,
  transformerLayer,
  transformerLayerLeaves,
} from '@interfuse/nn';
import * as tf from '@tensorflow/tfjs';
import { requireDivisor } from './fit.js';
import type { GroupHead } from './grouped-fusion.js';
import { splitGroups } from './token-groups.js';

export interface IntegrationShape {
  readonly width: number;
  readonly layers: number;
  readonly heads: number;
}

/** One entry for each vector that is integrated: of the text, of the tokens and of the encoder of each group. */
export interface Summaries<T> {
  readonly text: T;
  readonly tokens: Readonly<Record<string, T>>;
  readonly encoders: Readonly<Record<string, T>>;
}

/**
 * @param widths of the summaries
 * @throws CONFIG_WRONG_VALUE if the heads do not divide the width
 */
export function integrationLeaves(
  widths: Summaries<number>,
  { width, layers, heads }: IntegrationShape,
  outputs: number,
) {
  requireDivisor('head.heads', heads, width, 'of the head');
  const each = (of: Readonly<Record<string, number>>): Record<string, LinearParameters<true>> =>
    Object.fromEntries(Object.entries(of).map(([group, inputs]) => [group, linearLeaves(inputs, width)]));
  return {
    // The bias of each projection tells the layers which summary it is.
    projections: {
      text: linearLeaves(widths.text, width),
      tokens: each(widths.tokens),
      encoders: each(widths.encoders),
    },
    class: normal([1, width], 0.02),
    layers: Array.from({ length: layers }, () => transformerLayerLeaves(width, 4 * width)),
    norm: layerNormLeaves(width),
    output: linearLeaves(width, outputs),
  };
}

type IntegrationLeaves = ReturnType<typeof integrationLeaves>;

/**
 * @param summaries [B, ...] each
 * @returns prediction [B, outputs]
 */
export function integrate(
  params: Tensors<IntegrationLeaves>,
  { text, tokens, encoders }: Summaries<tf.Tensor>,
  { heads, dropout, pass }: { readonly heads: number; readonly dropout: number; readonly pass: Pass },
): tf.Tensor {
  const { projections } = params;
  const project = (projection: Tensors<LinearParameters<true>> | undefined, summary: tf.Tensor): tf.Tensor =>
    tf.expandDims(linear(projection as Tensors<LinearParameters<true>>, summary), 1); // [B, 1, D]
  const first = project(projections.text, text);
  const [batch, , width] = first.shape as [number, number, number];
  let x = tf.concat(
    [
      tf.tile(tf.expandDims(params.class, 0), [batch, 1, 1]),
      first,
      ...Object.entries(tokens).map(([group, summary]) => project(projections.tokens[group], summary)),
      ...Object.entries(encoders).map(([group, summary]) => project(projections.encoders[group], summary)),
    ],
    1,
  ); // [B, 1 + summaries, D]
  params.layers.forEach((layer, index) => {
    x = transformerLayer(layer, x, { heads, rate: dropout, pass: inFork(pass, `head/layers/${index}`) });
  });
  const concluded = tf.reshape(tf.slice(x, [0, 0, 0], [-1, 1, -1]), [batch, width]);
  return linear(params.output, layerNorm(params.norm, concluded));
}

/** The last word, the mean of each group of tokens and the mean of each encoder, integrated. */
export function integratingHead(
  shape: IntegrationShape,
  dropout: number,
): GroupHead<IntegrationLeaves, Record<string, never>> {
  return {
    leaves({ groups, width, widths, outputs }) {
      const tokens = Object.fromEntries(groups.map(({ name }) => [name, width]));
      return { parameters: integrationLeaves({ text: width, tokens, encoders: widths }, shape, outputs), state: {} };
    },
    apply(params, _, { fusion, lastWord, encoders }, { groups, pass }) {
      const means = Object.entries(splitGroups(groups, fusion, 1)).map(([group, each]) => [group, tf.mean(each, 1)]);
      const summaries = { text: lastWord, tokens: Object.fromEntries(means), encoders };
      return { prediction: integrate(params, summaries, { heads: shape.heads, dropout, pass }), state: {} };
    },
  };
}
