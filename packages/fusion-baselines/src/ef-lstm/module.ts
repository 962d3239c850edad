/**
 * EF-LSTM, the early fusion of the field's comparisons (such as MMSA's): for each word the features of all modalities side
 * by side, batch norm, LSTM, and a head on its last state.
 */
import { type Batch, type FusionHost, type FusionModule, type Pass, type Tensors, taskOutputs } from '@interfuse/core';
import {
  batchNorm,
  batchNormLeaves,
  batchNormState,
  batchText,
  dropout as dropOut,
  hostLanguageModel,
  inFork,
  lstm,
  lstmLeaves,
  twoParts,
  weights,
  zeroMasked,
} from '@interfuse/nn';
import * as tf from '@tensorflow/tfjs';
import { headLeaves, predict } from '../shared/prediction-head.js';
import { realTokens } from '../shared/text-mask.js';
import { checkTimes, wordByWord } from '../shared/word-times.js';
import type { EfLstmOptions } from './plugin.js';

export function createEfLstm(options: EfLstmOptions, host: FusionHost): FusionModule {
  const { times, width, layers, hidden, dropout } = options;
  const languageModel = hostLanguageModel(host, 'ef-lstm');
  checkTimes(times, host, 'ef-lstm');
  const inputs = Object.values(host.streams).reduce((sum, stream) => sum + stream.width, languageModel.config.width);
  const head = headLeaves(width, hidden, taskOutputs(host.task));
  const parameters = {
    languageModel: languageModel.parameters,
    norm: batchNormLeaves(inputs),
    layers: Array.from({ length: layers }, (_, layer) => lstmLeaves(layer === 0 ? inputs : width, width)),
    head: head.parameters,
  };
  const state = { norm: batchNormState(inputs), head: head.state };

  type Parameters = Tensors<typeof parameters>;
  type State = Tensors<typeof state>;

  function read(params: Parameters, _: State, batch: Batch) {
    const text = batchText(batch, 'ef-lstm');
    const mask = realTokens(text);
    const words = zeroMasked(languageModel.embed(params.languageModel, text.tokens), mask); // [B, L, d]
    const streams = Object.values(wordByWord(batch, host, text)).map(({ values }) => values);
    return { read: { steps: tf.concat([words, ...streams], 2) }, state: {} }; // [B, L, D]
  }

  function conclude(params: Parameters, before: State, read: { steps: tf.Tensor }, batch: Batch, pass: Pass) {
    const mask = realTokens(batchText(batch, 'ef-lstm'));
    const normed = batchNorm(params.norm, before.norm, read.steps, pass, { weight: weights(mask) });
    let x = normed.values; // [B, L, D]
    let last = tf.zeros([x.shape[0] as number, width]);
    for (const [layer, own] of params.layers.entries()) {
      const between = layer === 0 ? x : dropOut(x, dropout, inFork(pass, `layers/${layer}`));
      ({ outputs: x, last } = lstm(own, between, mask)); // [B, L, width], [B, width]
    }
    const { prediction, state: after } = predict(params.head, before.head, last, dropout, inFork(pass, 'head'));
    return { output: { prediction }, state: { norm: normed.state, head: after } };
  }

  return { parameters, state, ...twoParts(read, conclude, { samplesAlone: true }) };
}
