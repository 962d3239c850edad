/** MAG in a decoder: k blocks of the language model read the text alone, its words are shifted once, the other blocks go on. */
import { type Batch, type FusionHost, type FusionModule, type Pass, type Tensors, taskOutputs } from '@interfuse/core';
import { batchText, causalFrame, hostLanguageModel, inFork, twoParts } from '@interfuse/nn';
import type { Tensor } from '@tensorflow/tfjs';
import { checkDepth } from '../shared/depth.js';
import { pooledText } from '../shared/pooling.js';
import { headLeaves, predict } from '../shared/prediction-head.js';
import { realTokens } from '../shared/text-mask.js';
import { checkTimes, wordByWord } from '../shared/word-times.js';
import { adaptationGate, gateLeaves } from './adaptation-gate.js';
import type { MagOptions } from './plugin.js';

export function createMag(options: MagOptions, host: FusionHost): FusionModule {
  const { times, at: depth, beta, shiftDropout, hidden, dropout } = options;
  const languageModel = hostLanguageModel(host, 'mag');
  checkTimes(times, host, 'mag');
  const { layers, width } = languageModel.config;
  checkDepth(depth, layers);
  const widths = Object.fromEntries(Object.values(host.streams).map((stream) => [stream.name, stream.width]));
  const head = headLeaves(2 * width, hidden, taskOutputs(host.task));
  const parameters = {
    languageModel: languageModel.parameters,
    gate: gateLeaves(widths, width),
    head: head.parameters,
  };
  const state = { head: head.state };

  type Parameters = Tensors<typeof parameters>;
  type State = Tensors<typeof state>;

  function read(params: Parameters, _: State, batch: Batch, pass: Pass) {
    const text = batchText(batch, 'mag');
    const mask = realTokens(text);
    const languagePass = inFork(pass, 'languageModel');
    const alone = languageModel.prefix(params.languageModel, text, depth, languagePass); // [B, L, d]
    const settings = { beta, dropout: shiftDropout };
    const shifted = adaptationGate(params.gate, alone, wordByWord(batch, host, text), settings, inFork(pass, 'gate'));

    const frame = causalFrame(mask, languagePass);
    let x = shifted.hidden;
    for (let index = depth; index < layers; index += 1) {
      x = languageModel.block(params.languageModel, index, x, frame).hidden;
    }
    x = languageModel.norm(params.languageModel, x);
    return { read: { joint: pooledText(x, mask) }, state: {} }; // [B, 2 d]
  }

  function conclude(params: Parameters, before: State, { joint }: { joint: Tensor }, _: Batch, pass: Pass) {
    const { prediction, state: after } = predict(params.head, before.head, joint, dropout, inFork(pass, 'head'));
    return { output: { prediction }, state: { head: after } };
  }

  return { parameters, state, prefixDepths: [depth], ...twoParts(read, conclude, { samplesAlone: true }) };
}
