/**
 * Early fusion at the input of the language model: [stream 1 ; stream 2 ; ... ; text] through all blocks, causally, so
 * that every word can read every stream. Only encoders, projections and the head are trained beside the model.
 */
import {
  type Batch,
  type Encoded,
  type FusionHost,
  type FusionModule,
  type Pass,
  type Tensors,
  taskOutputs,
} from '@interfuse/core';
import {
  batchText,
  causalFrame,
  encoderLeaves,
  encodeSamplesAlone,
  encodeStreams,
  type Frames,
  hostLanguageModel,
  inFork,
  layerNorm,
  layerNormLeaves,
  linear,
  linearLeaves,
  maskedMean,
  perStream,
  resample,
  twoParts,
  zeroMasked,
} from '@interfuse/nn';
import * as tf from '@tensorflow/tfjs';
import { pooledText } from '../shared/pooling.js';
import { headLeaves, predict } from '../shared/prediction-head.js';
import { realTokens } from '../shared/text-mask.js';
import type { EarlyOptions } from './plugin.js';

function softTokenLeaves(inputs: number, width: number) {
  return { norm: layerNormLeaves(inputs), projection: linearLeaves(inputs, width) };
}

/** Encoded steps [B, S, D] as soft tokens [B, slots, d] of the language model. */
function softTokens(params: Tensors<ReturnType<typeof softTokenLeaves>>, encoded: Encoded, slots: number): Frames {
  const { values, mask } = resample(encoded, slots, 'local'); // [B, slots, D]
  return { values: zeroMasked(linear(params.projection, layerNorm(params.norm, values)), mask), mask };
}

export function createEarly({ slots, hidden, dropout }: EarlyOptions, host: FusionHost): FusionModule {
  const languageModel = hostLanguageModel(host, 'early');
  const { layers, width } = languageModel.config;
  const encoders = encoderLeaves(host.encoders);
  const streams = Object.entries(host.encoders);
  const head = headLeaves(3 * width, hidden, taskOutputs(host.task));
  const parameters = {
    languageModel: languageModel.parameters,
    encoders: encoders.parameters,
    softTokens: Object.fromEntries(streams.map(([name, encoder]) => [name, softTokenLeaves(encoder.width, width)])),
    head: head.parameters,
  };
  const state = { encoders: encoders.state, head: head.state };

  type Parameters = Tensors<typeof parameters>;
  type State = Tensors<typeof state>;

  function read(params: Parameters, before: State, batch: Batch, pass: Pass) {
    const text = batchText(batch, 'early');
    const textMask = realTokens(text);
    const streamed = encodeStreams(host.encoders, params.encoders, before.encoders, batch, pass);
    const soft = perStream(streamed.encoded, params.softTokens, (encoded, own) => softTokens(own, encoded, slots));
    const mask = tf.concat([...soft.map((tokens) => tokens.mask), textMask], 1); // [B, T]
    const words = languageModel.embed(params.languageModel, text.tokens); // [B, L, d]
    const sequence = tf.concat([...soft.map((tokens) => tokens.values), words], 1); // [B, T, d]

    const frame = causalFrame(mask, inFork(pass, 'languageModel'));
    let x = languageModel.begin(params.languageModel, sequence, frame);
    for (let index = 0; index < layers; index += 1) {
      x = languageModel.block(params.languageModel, index, x, frame).hidden;
    }
    x = languageModel.norm(params.languageModel, x);

    const textStart = soft.length * slots;
    const spoken = tf.slice(x, [0, textStart, 0], [-1, -1, -1]); // [B, L, d]
    const joint = tf.concat([pooledText(spoken, textMask), maskedMean(x, mask)], 1); // [B, 3 d]
    return { read: { joint }, state: { encoders: streamed.state } };
  }

  function conclude(params: Parameters, before: State, { joint }: { joint: tf.Tensor }, _: Batch, pass: Pass) {
    const { prediction, state: after } = predict(params.head, before.head, joint, dropout, inFork(pass, 'head'));
    return { output: { prediction }, state: { head: after } };
  }

  const samplesAlone = encodeSamplesAlone(host.encoders);
  return { parameters, state, ...twoParts(read, conclude, { samplesAlone }) };
}
