/**
 * Late fusion in the manner of LF-DNN: the text passes the whole language model alone, each modality is pooled to one
 * vector and mapped by a network of its own, and the head reads the vectors side by side.
 */
import { type Batch, type FusionHost, type FusionModule, type Pass, type Tensors, taskOutputs } from '@interfuse/core';
import {
  batchText,
  encoderLeaves,
  encodeStreams,
  hostLanguageModel,
  inFork,
  layerNorm,
  layerNormLeaves,
  linear,
  linearLeaves,
  perStream,
  relu,
} from '@interfuse/nn';
import * as tf from '@tensorflow/tfjs';
import { pooledStream, pooledText } from '../shared/pooling.js';
import { headLeaves, predict } from '../shared/prediction-head.js';
import { realTokens } from '../shared/text-mask.js';
import type { LateOptions } from './plugin.js';

function utteranceLeaves(inputs: number, width: number) {
  return { norm: layerNormLeaves(inputs), linear: linearLeaves(inputs, width) };
}

/** relu(linear(norm(x))): the vector of one modality, [B, inputs] -> [B, width]. */
function utterance(params: Tensors<ReturnType<typeof utteranceLeaves>>, pooled: tf.Tensor): tf.Tensor {
  return relu(linear(params.linear, layerNorm(params.norm, pooled)));
}

export function createLate({ width, hidden, dropout }: LateOptions, host: FusionHost): FusionModule {
  const languageModel = hostLanguageModel(host, 'late');
  const { layers, width: textWidth } = languageModel.config;
  const encoders = encoderLeaves(host.encoders);
  const streams = Object.entries(host.encoders);
  const parameters = {
    languageModel: languageModel.parameters,
    encoders: encoders.parameters,
    text: utteranceLeaves(2 * textWidth, width),
    streams: Object.fromEntries(streams.map(([name, encoder]) => [name, utteranceLeaves(encoder.width, width)])),
    head: headLeaves((1 + streams.length) * width, hidden, taskOutputs(host.task)),
  };
  const state = { encoders: encoders.state };

  function forward(params: Tensors<typeof parameters>, before: Tensors<typeof state>, batch: Batch, pass: Pass) {
    const text = batchText(batch, 'late');
    const read = languageModel.prefix(params.languageModel, text, layers, inFork(pass, 'languageModel'));
    const words = languageModel.norm(params.languageModel, read); // [B, L, d]
    const streamed = encodeStreams(host.encoders, params.encoders, before.encoders, batch, pass);
    const vectors = [
      utterance(params.text, pooledText(words, realTokens(text))),
      ...perStream(streamed.encoded, params.streams, (encoded, own) => utterance(own, pooledStream(encoded))),
    ];
    const prediction = predict(params.head, tf.concat(vectors, 1), dropout, inFork(pass, 'head'));
    return { output: { prediction }, state: { encoders: streamed.state } };
  }

  return { parameters, state, prefixDepth: layers, forward };
}
