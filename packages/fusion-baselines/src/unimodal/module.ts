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
import { batchText, encoderLeaves, encodeStreams, hostLanguageModel, inFork } from '@interfuse/nn';
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

  function forward(params: Tensors<typeof parameters>, before: Tensors<typeof state>, batch: Batch, pass: Pass) {
    const text = batchText(batch, 'unimodal');
    const read = languageModel.prefix(params.languageModel, text, layers, inFork(pass, 'languageModel'));
    const words = languageModel.norm(params.languageModel, read); // [B, L, d]
    const pooled = pooledText(words, realTokens(text)); // [B, 2 d]
    const { prediction, state: after } = predict(params.head, before.head, pooled, dropout, inFork(pass, 'head'));
    return { output: { prediction }, state: { head: after } };
  }

  return { parameters, state, prefixDepths: [layers], forward };
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

  function forward(params: Tensors<typeof parameters>, before: Tensors<typeof state>, batch: Batch, pass: Pass) {
    const streamed = encodeStreams(own, params.encoders, before.encoders, batch, pass);
    const [pooled] = Object.values(streamed.encoded).map(pooledStream) as [tf.Tensor]; // [B, D]
    const { prediction, state: after } = predict(params.head, before.head, pooled, dropout, inFork(pass, 'head'));
    return { output: { prediction }, state: { encoders: streamed.state, head: after } };
  }

  return { parameters, state, forward };
}
