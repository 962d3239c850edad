/**
 * Template name: the mathematics. Each modality is pooled to one vector, and gates that read all of them weigh what each
 * contributes: h = sum over m of z_m v_m, where v_m = tanh(W_m x_m) and z = softmax(G [v_1 ; v_2 ; ...]).
 *
 * Letters: B batch, L words, d width of the language model, D width of the vectors, M modalities.
 */
import { type FusionModule, type Pass, type Tensors, taskOutputs } from '@interfuse/core';
import { dropout, encoderLeaves, encodeStreams, inFork, linear, linearLeaves, maskedMean } from '@interfuse/nn';
import * as tf from '@tensorflow/tfjs';
import type { TemplateNameBatch, TemplateNameHost, TemplateNameOptions } from './plugin.js';

export function createTemplateName(
  { width, dropout: rate }: TemplateNameOptions,
  host: TemplateNameHost,
): FusionModule {
  const { languageModel } = host;
  const { layers } = languageModel.config;
  const encoders = encoderLeaves(host.encoders);
  const widths = [languageModel.config.width, ...Object.values(host.encoders).map((encoder) => encoder.width)];
  const parameters = {
    languageModel: languageModel.parameters,
    encoders: encoders.parameters,
    values: widths.map((inputs) => linearLeaves(inputs, width)),
    gates: linearLeaves(widths.length * width, widths.length),
    output: linearLeaves(width, taskOutputs(host.task)),
  };
  const state = { encoders: encoders.state };
  type Parameters = Tensors<typeof parameters>;

  function forward(params: Parameters, before: Tensors<typeof state>, batch: TemplateNameBatch, pass: Pass) {
    const { text } = batch;
    const read = languageModel.prefix(params.languageModel, text, layers, inFork(pass, 'languageModel'));
    const words = languageModel.norm(params.languageModel, read); // [B, L, d]
    const streams = encodeStreams(host.encoders, params.encoders, before.encoders, batch, pass);
    const pooled = [
      maskedMean(words, text.mask), // [B, d]
      ...Object.values(streams.encoded).map(({ values, mask }) => maskedMean(values, mask)), // [B, width of the encoder]
    ];

    const values = pooled.map((x, m) => tf.tanh(linear(params.values[m] as Parameters['values'][number], x))); // [B, D]
    const gates = tf.softmax(linear(params.gates, tf.concat(values, 1))); // [B, M]
    const weights = tf.split(gates, widths.length, 1); // [B, 1] each
    const fused = tf.addN(values.map((value, m) => tf.mul(value, weights[m] as tf.Tensor))); // [B, D]
    const prediction = linear(params.output, dropout(fused, rate, inFork(pass, 'output')));
    const inspect = { gates: { values: gates, axes: ['sample', 'modality'] } };
    return { output: { prediction, inspect }, state: { encoders: streams.state } };
  }

  return { parameters, state, prefixDepths: [layers], forward };
}
