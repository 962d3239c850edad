/** Shallow fusion: k blocks of the language model read the text alone, one shift, and the other blocks go on. */
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
  encoderLeaves,
  encodeSamplesAlone,
  encodeStreams,
  hostLanguageModel,
  inFork,
  twoParts,
} from '@interfuse/nn';
import * as tf from '@tensorflow/tfjs';
import { checkHeads } from '../shared/by-modality.js';
import { checkDepth } from '../shared/depth.js';
import { pooledText } from '../shared/pooling.js';
import { headLeaves, predict } from '../shared/prediction-head.js';
import { realTokens } from '../shared/text-mask.js';
import type { ShallowOptions } from './plugin.js';
import { shift, shiftLeaves } from './shift.js';

export function createShallow(options: ShallowOptions, host: FusionHost): FusionModule {
  const { heads, hidden: headWidth, dropout, gate } = options;
  const languageModel = hostLanguageModel(host, 'shallow');
  const { layers, width } = languageModel.config;
  const depth = options.at ?? Math.floor(layers / 2);
  checkDepth(depth, layers);
  checkHeads(heads, width, ' of the language model');
  const encoders = encoderLeaves(host.encoders);
  const widths = Object.fromEntries(Object.entries(host.encoders).map(([name, encoder]) => [name, encoder.width]));
  const head = headLeaves(2 * width, headWidth, taskOutputs(host.task));
  const parameters = {
    languageModel: languageModel.parameters,
    encoders: encoders.parameters,
    shift: shiftLeaves(widths, width, gate),
    head: head.parameters,
  };
  const state = { encoders: encoders.state, head: head.state };

  type Parameters = Tensors<typeof parameters>;
  type State = Tensors<typeof state>;

  function read(params: Parameters, before: State, batch: Batch, pass: Pass) {
    const text = batchText(batch, 'shallow');
    const mask = realTokens(text);
    const languagePass = inFork(pass, 'languageModel');
    const streamed = encodeStreams(host.encoders, params.encoders, before.encoders, batch, pass);
    const alone = languageModel.prefix(params.languageModel, text, depth, languagePass); // [B, L, d]
    const shifted = shift(params.shift, alone, streamed.encoded, heads);

    const frame = causalFrame(mask, languagePass);
    let x = shifted.hidden;
    for (let index = depth; index < layers; index += 1) {
      x = languageModel.block(params.languageModel, index, x, frame).hidden;
    }
    x = languageModel.norm(params.languageModel, x);

    const joint = pooledText(x, mask); // [B, 2 d]
    const inspect: Record<string, Inspected> = { gate: { values: tf.sigmoid(params.shift.gate), axes: ['gate'] } };
    for (const [stream, values] of Object.entries(shifted.probabilities)) {
      inspect[`attention/${stream}`] = { values, axes: ['sample', 'head', 'word', 'step'] };
    }
    return { read: { joint }, state: { encoders: streamed.state }, inspect };
  }

  function conclude(params: Parameters, before: State, { joint }: { joint: tf.Tensor }, _: Batch, pass: Pass) {
    const { prediction, state: after } = predict(params.head, before.head, joint, dropout, inFork(pass, 'head'));
    return { output: { prediction }, state: { head: after } };
  }

  const samplesAlone = encodeSamplesAlone(host.encoders);
  return { parameters, state, prefixDepths: [depth], ...twoParts(read, conclude, { samplesAlone }) };
}
