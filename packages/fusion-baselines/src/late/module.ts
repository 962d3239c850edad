/**
 * Late fusion in the manner of LF-DNN: the text passes the whole language model alone, each modality is pooled to one
 * vector and mapped by a network of its own, and the head reads the vectors side by side.
 */
import {
  type Batch,
  type FusionHost,
  type FusionModule,
  type Pass,
  type Tensors,
  type TensorTree,
  taskOutputs,
} from '@interfuse/core';
import {
  batchNorm,
  batchNormLeaves,
  batchNormState,
  batchText,
  encoderLeaves,
  encodeSamplesAlone,
  encodeStreams,
  hostLanguageModel,
  inFork,
  linear,
  linearLeaves,
  relu,
  twoParts,
} from '@interfuse/nn';
import * as tf from '@tensorflow/tfjs';
import { pooledStream, pooledText } from '../shared/pooling.js';
import { headLeaves, predict } from '../shared/prediction-head.js';
import { realTokens } from '../shared/text-mask.js';
import type { LateOptions } from './plugin.js';

const utteranceLeaves = (inputs: number, width: number) => ({
  norm: batchNormLeaves(inputs),
  linear: linearLeaves(inputs, width),
});

type UtteranceParameters = Tensors<ReturnType<typeof utteranceLeaves>>;
type NormState = Tensors<ReturnType<typeof batchNormState>>;

export function createLate({ width, hidden, dropout }: LateOptions, host: FusionHost): FusionModule {
  const languageModel = hostLanguageModel(host, 'late');
  const { layers, width: textWidth } = languageModel.config;
  const encoders = encoderLeaves(host.encoders);
  const pooledWidths = {
    text: 2 * textWidth,
    ...Object.fromEntries(Object.entries(host.encoders).map(([name, encoder]) => [name, encoder.width])),
  };
  const byModality = <T>(make: (inputs: number) => T): { readonly [modality: string]: T } =>
    Object.fromEntries(Object.entries(pooledWidths).map(([modality, inputs]) => [modality, make(inputs)]));
  const head = headLeaves(Object.keys(pooledWidths).length * width, hidden, taskOutputs(host.task));
  const parameters = {
    languageModel: languageModel.parameters,
    encoders: encoders.parameters,
    utterances: byModality((inputs) => utteranceLeaves(inputs, width)),
    head: head.parameters,
  };
  const state = { encoders: encoders.state, utterances: byModality(batchNormState), head: head.state };

  type Parameters = Tensors<typeof parameters>;
  type State = Tensors<typeof state>;

  function read(params: Parameters, before: State, batch: Batch, pass: Pass) {
    const text = batchText(batch, 'late');
    const alone = languageModel.prefix(params.languageModel, text, layers, inFork(pass, 'languageModel'));
    const words = languageModel.norm(params.languageModel, alone); // [B, L, d]
    const streamed = encodeStreams(host.encoders, params.encoders, before.encoders, batch, pass);
    const pooled: Record<string, tf.Tensor> = { text: pooledText(words, realTokens(text)) };
    for (const [name, encoded] of Object.entries(streamed.encoded)) pooled[name] = pooledStream(encoded);
    return { read: pooled, state: { encoders: streamed.state } };
  }

  function conclude(
    params: Parameters,
    before: State,
    pooled: { readonly [modality: string]: tf.Tensor },
    _: Batch,
    pass: Pass,
  ) {
    const vectors: tf.Tensor[] = []; // [B, width] each
    const after: Record<string, TensorTree> = {};
    for (const [modality, vector] of Object.entries(pooled)) {
      const own = params.utterances[modality] as UtteranceParameters;
      const normed = batchNorm(own.norm, before.utterances[modality] as NormState, vector, pass);
      vectors.push(relu(linear(own.linear, normed.values)));
      after[modality] = normed.state;
    }
    const joint = tf.concat(vectors, 1); // [B, modalities * width]
    const { prediction, state: headState } = predict(params.head, before.head, joint, dropout, inFork(pass, 'head'));
    return { output: { prediction }, state: { utterances: after, head: headState } };
  }

  const samplesAlone = encodeSamplesAlone(host.encoders);
  return { parameters, state, prefixDepths: [layers], ...twoParts(read, conclude, { samplesAlone }) };
}
