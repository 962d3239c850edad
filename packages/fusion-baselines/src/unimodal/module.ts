/** One modality alone: the text through the language model, or a stream through its encoder, pooled into the head. */
import {
  type Batch,
  type FusionHost,
  type FusionModule,
  InterfuseError,
  type Pass,
  type Tensors,
  taskOutputs,
} from '@interfuse/core';
import {
  batchText,
  encoderLeaves,
  encodeSamplesAlone,
  encodeStreams,
  hostLanguageModel,
  inFork,
  twoParts,
} from '@interfuse/nn';
import type * as tf from '@tensorflow/tfjs';
import { pooledStream, pooledText } from '../shared/pooling.js';
import { headLeaves, predict } from '../shared/prediction-head.js';
import { realTokens } from '../shared/text-mask.js';
import type { UnimodalOptions } from './plugin.js';

export function createUnimodal(options: UnimodalOptions, host: FusionHost): FusionModule {
  return options.modality === 'text' ? textAlone(options, host) : streamAlone(options, host);
}

function textAlone({ hidden, dropout }: UnimodalOptions, host: FusionHost): FusionModule {
  const languageModel = hostLanguageModel(host, 'unimodal');
  const { layers, width } = languageModel.config;
  const head = headLeaves(2 * width, hidden, taskOutputs(host.task));
  const parameters = { languageModel: languageModel.parameters, head: head.parameters };
  const state = { head: head.state };

  type Parameters = Tensors<typeof parameters>;
  type State = Tensors<typeof state>;

  function read(params: Parameters, _: State, batch: Batch, pass: Pass) {
    const text = batchText(batch, 'unimodal');
    const alone = languageModel.prefix(params.languageModel, text, layers, inFork(pass, 'languageModel'));
    const words = languageModel.norm(params.languageModel, alone); // [B, L, d]
    return { read: { pooled: pooledText(words, realTokens(text)) }, state: {} }; // [B, 2 d]
  }

  function conclude(params: Parameters, before: State, { pooled }: { pooled: tf.Tensor }, _: Batch, pass: Pass) {
    const { prediction, state: after } = predict(params.head, before.head, pooled, dropout, inFork(pass, 'head'));
    return { output: { prediction }, state: { head: after } };
  }

  return { parameters, state, prefixDepths: [layers], ...twoParts(read, conclude, { samplesAlone: true }) };
}

function streamAlone({ modality, hidden, dropout }: UnimodalOptions, host: FusionHost): FusionModule {
  const encoder = host.encoders[modality];
  if (!encoder) {
    throw new InterfuseError('CONFIG_WRONG_VALUE', {
      place: 'fusion.options.modality',
      expected: ['text', ...Object.keys(host.encoders)].join(' or '),
      got: modality,
    });
  }
  const own = { [modality]: encoder };
  const encoders = encoderLeaves(own);
  const head = headLeaves(encoder.width, hidden, taskOutputs(host.task));
  const parameters = { encoders: encoders.parameters, head: head.parameters };
  const state = { encoders: encoders.state, head: head.state };

  type Parameters = Tensors<typeof parameters>;
  type State = Tensors<typeof state>;

  function read(params: Parameters, before: State, batch: Batch, pass: Pass) {
    const streamed = encodeStreams(own, params.encoders, before.encoders, batch, pass);
    const [pooled] = Object.values(streamed.encoded).map(pooledStream) as [tf.Tensor]; // [B, D]
    return { read: { pooled }, state: { encoders: streamed.state } };
  }

  function conclude(params: Parameters, before: State, { pooled }: { pooled: tf.Tensor }, _: Batch, pass: Pass) {
    const { prediction, state: after } = predict(params.head, before.head, pooled, dropout, inFork(pass, 'head'));
    return { output: { prediction }, state: { head: after } };
  }

  return { parameters, state, ...twoParts(read, conclude, { samplesAlone: encodeSamplesAlone(own) }) };
}
