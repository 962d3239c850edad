/** f = sum over words i and steps j of A_ij (tanh(U x_i) * tanh(V y_j)), with A = softmax over all pairs of q_i k_j. */
import { type Batch, type FusionHost, type FusionModule, type Pass, type Tensors, taskOutputs } from '@interfuse/core';
import * as nn from '@interfuse/nn';
import * as tf from '@tensorflow/tfjs';
import type { BilinearOptions } from './plugin.js';

export function createBilinear({ rank, dropout }: BilinearOptions, host: FusionHost): FusionModule {
  const model = nn.hostLanguageModel(host, '@example/bilinear');
  const { layers, width } = model.config;
  const encoders = nn.encoderLeaves(host.encoders);
  const project = (inputs: number) => ({ score: nn.linearLeaves(inputs, rank), value: nn.linearLeaves(inputs, rank) });
  const pairs = Object.values(host.encoders).map((each) => ({ words: project(width), steps: project(each.width) }));
  const parameters = {
    languageModel: model.parameters,
    encoders: encoders.parameters,
    pairs,
    output: nn.linearLeaves(width + rank * pairs.length, taskOutputs(host.task)),
  };
  const state = { encoders: encoders.state };
  type Parameters = Tensors<typeof parameters>;

  function forward(params: Parameters, before: Tensors<typeof state>, batch: Batch, pass: Pass) {
    const text = nn.batchText(batch, '@example/bilinear');
    const words = model.norm(params.languageModel, model.prefix(params.languageModel, text, layers, pass)); // [B, L, d]
    const streams = nn.encodeStreams(host.encoders, params.encoders, before.encoders, batch, pass);
    const joint = Object.values(streams.encoded).map(({ values, mask }, m) => {
      const { words: left, steps: right } = params.pairs[m] as Parameters['pairs'][number];
      const scores = tf.matMul(nn.linear(left.score, words), nn.linear(right.score, values), false, true); // [B, L, S]
      const open = tf.logicalAnd(tf.expandDims(text.mask, 2), tf.expandDims(mask, 1)); // [B, L, S]
      const attention = softmaxOverPairs(tf.mul(scores, 1 / Math.sqrt(rank)), tf.cast(open, 'float32'));
      const read = tf.matMul(attention, tf.tanh(nn.linear(right.value, values))); // [B, L, rank]
      return tf.sum(tf.mul(tf.tanh(nn.linear(left.value, words)), read), 1); // [B, rank]
    });
    const fused = tf.concat([nn.maskedMean(words, text.mask), ...joint], 1);
    const prediction = nn.linear(params.output, nn.dropout(fused, dropout, nn.inFork(pass, 'output')));
    return { output: { prediction }, state: { encoders: streams.state } };
  }

  return { parameters, state, prefixDepths: [layers], forward };
}

/** Zero, never NaN, where no pair is open. */
function softmaxOverPairs(scores: tf.Tensor, open: tf.Tensor): tf.Tensor {
  const [batch] = scores.shape as [number];
  const closed = tf.mul(tf.sub(open, 1), 1e9);
  const flat = tf.softmax(tf.reshape(tf.add(scores, closed), [batch, -1]));
  return tf.mul(tf.reshape(flat, scores.shape), open);
}
