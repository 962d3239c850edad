/**
 * The gated multimodal unit (Arevalo et al. 2017, arXiv 1702.01992, section 3.1): h = sum over m of z_m * tanh(W_m x_m),
 * where x_m is the pooled vector of modality m and z_m = sigmoid(V_m [x_1 ; x_2 ; ...]).
 */
import { type FusionModule, type Pass, type Tensors, taskOutputs } from '@interfuse/core';
import {
  batchNorm,
  batchNormLeaves,
  batchNormState,
  dropout,
  encoderLeaves,
  encodeStreams,
  inFork,
  linear,
  linearLeaves,
  maskedMean,
} from '@interfuse/nn';
import * as tf from '@tensorflow/tfjs';
import type { GatedUnitBatch, GatedUnitHost, GatedUnitOptions } from './plugin.js';

export function createGatedUnit({ width, dropout: rate }: GatedUnitOptions, host: GatedUnitHost): FusionModule {
  const { languageModel } = host;
  const { layers } = languageModel.config;
  const encoders = encoderLeaves(host.encoders);
  const widths = [languageModel.config.width, ...Object.values(host.encoders).map((encoder) => encoder.width)];
  const joint = widths.reduce((sum, each) => sum + each, 0);
  const parameters = {
    languageModel: languageModel.parameters,
    encoders: encoders.parameters,
    norm: batchNormLeaves(joint),
    values: widths.map((inputs) => linearLeaves(inputs, width)),
    gates: widths.map(() => linearLeaves(joint, width)),
    output: linearLeaves(width, taskOutputs(host.task)),
  };
  const state = { encoders: encoders.state, norm: batchNormState(joint) };
  type Parameters = Tensors<typeof parameters>;

  function forward(params: Parameters, before: Tensors<typeof state>, batch: GatedUnitBatch, pass: Pass) {
    const { text } = batch;
    const read = languageModel.prefix(params.languageModel, text, layers, inFork(pass, 'languageModel'));
    const words = languageModel.norm(params.languageModel, read); // [B, L, d]
    const streams = encodeStreams(host.encoders, params.encoders, before.encoders, batch, pass);
    const pooled = [
      maskedMean(words, text.mask), // [B, d]
      ...Object.values(streams.encoded).map(({ values, mask }) => maskedMean(values, mask)), // [B, D_m]
    ];

    const normed = batchNorm(params.norm, before.norm, tf.concat(pooled, 1), pass); // [B, joint]
    const gated = tf.split(normed.values, widths, 1).map((x, m) => {
      const value = tf.tanh(linear(params.values[m] as Parameters['values'][number], x));
      const gate = tf.sigmoid(linear(params.gates[m] as Parameters['gates'][number], normed.values));
      return tf.mul(gate, value); // [B, width]
    });
    const prediction = linear(params.output, dropout(tf.addN(gated), rate, inFork(pass, 'output')));
    return { output: { prediction }, state: { encoders: streams.state, norm: normed.state } };
  }

  return { parameters, state, prefixDepths: [layers], forward };
}
