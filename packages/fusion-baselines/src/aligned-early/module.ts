/** Early fusion word by word: embeddings of words, to which their frames are added, through all blocks of the language model. */
import {
  type Batch,
  type FusionHost,
  type FusionModule,
  type Inspected,
  type Pass,
  type Tensors,
  taskOutputs,
} from '@interfuse/core';
import {
  batchText,
  causalFrame,
  constant,
  hostLanguageModel,
  inFork,
  linear,
  linearLeaves,
  perStream,
  twoParts,
  zeroMasked,
} from '@interfuse/nn';
import * as tf from '@tensorflow/tfjs';
import { pooledText } from '../shared/pooling.js';
import { headLeaves, predict } from '../shared/prediction-head.js';
import { realTokens } from '../shared/text-mask.js';
import { checkTimes, wordByWord } from '../shared/word-times.js';
import type { AlignedEarlyOptions } from './plugin.js';

const streamLeaves = (inputs: number, width: number, gate: number) => ({
  projection: linearLeaves(inputs, width),
  gate: constant([1], gate),
});

export function createAlignedEarly(options: AlignedEarlyOptions, host: FusionHost): FusionModule {
  const { times, gate, hidden, dropout } = options;
  const languageModel = hostLanguageModel(host, 'aligned-early');
  checkTimes(times, host, 'aligned-early');
  const { layers, width } = languageModel.config;
  const streams = Object.values(host.streams).map(
    (stream) => [stream.name, streamLeaves(stream.width, width, gate)] as const,
  );
  const head = headLeaves(2 * width, hidden, taskOutputs(host.task));
  const parameters = {
    languageModel: languageModel.parameters,
    streams: Object.fromEntries(streams),
    head: head.parameters,
  };
  const state = { head: head.state };

  type Parameters = Tensors<typeof parameters>;
  type State = Tensors<typeof state>;

  function read(params: Parameters, _: State, batch: Batch, pass: Pass) {
    const text = batchText(batch, 'aligned-early');
    const mask = realTokens(text);
    const added = perStream(wordByWord(batch, host, text), params.streams, ({ values, mask: heard }, own) =>
      zeroMasked(tf.mul(linear(own.projection, values), tf.tanh(own.gate)), heard),
    ); // [B, L, d] each
    const words = languageModel.embed(params.languageModel, text.tokens); // [B, L, d]

    const frame = causalFrame(mask, inFork(pass, 'languageModel'));
    let x = languageModel.begin(params.languageModel, tf.addN([words, ...added]), frame);
    for (let index = 0; index < layers; index += 1) {
      x = languageModel.block(params.languageModel, index, x, frame).hidden;
    }
    x = languageModel.norm(params.languageModel, x);

    const inspect: Record<string, Inspected> = {};
    for (const [name, own] of Object.entries(params.streams)) {
      inspect[`gate/${name}`] = { values: tf.tanh(own.gate), axes: ['gate'] };
    }
    return { read: { joint: pooledText(x, mask) }, state: {}, inspect }; // [B, 2 d]
  }

  function conclude(params: Parameters, before: State, { joint }: { joint: tf.Tensor }, _: Batch, pass: Pass) {
    const { prediction, state: after } = predict(params.head, before.head, joint, dropout, inFork(pass, 'head'));
    return { output: { prediction }, state: { head: after } };
  }

  return { parameters, state, ...twoParts(read, conclude, { samplesAlone: true }) };
}
