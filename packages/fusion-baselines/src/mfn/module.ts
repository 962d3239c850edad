/**
 * MFN on a language model: the text passes all blocks alone, its words and the frames of each are read by an LSTM for each
 * modality, and a gated memory follows what their cells do together.
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
  hostLanguageModel,
  inFork,
  type LstmLeaves,
  lstm,
  lstmLeaves,
  perStream,
  twoParts,
  zeroMasked,
} from '@interfuse/nn';
import * as tf from '@tensorflow/tfjs';
import { headLeaves, predict } from '../shared/prediction-head.js';
import { realTokens } from '../shared/text-mask.js';
import { checkTimes, wordByWord } from '../shared/word-times.js';
import { gatedMemory, memoryLeaves } from './gated-memory.js';
import type { MfnOptions } from './plugin.js';

const defaultWidth = 32;

export function createMfn(options: MfnOptions, host: FusionHost): FusionModule {
  const { times, widths, memory, hidden, dropout } = options;
  const languageModel = hostLanguageModel(host, 'mfn');
  checkTimes(times, host, 'mfn');
  const { layers, width: textWidth } = languageModel.config;
  const modalities = [{ name: 'text', width: textWidth }, ...Object.values(host.streams)];
  const widthOf = (modality: string): number => widths[modality] ?? widths['*'] ?? defaultWidth;
  const cells = modalities.reduce((sum, { name }) => sum + widthOf(name), 0);
  const head = headLeaves(cells + memory, hidden, taskOutputs(host.task));
  const recurrent = modalities.map(({ name, width }): [string, LstmLeaves] => [name, lstmLeaves(width, widthOf(name))]);
  const parameters = {
    languageModel: languageModel.parameters,
    recurrent: Object.fromEntries(recurrent),
    memory: memoryLeaves(cells, memory, options),
    head: head.parameters,
  };
  const state = { head: head.state };

  type Parameters = Tensors<typeof parameters>;
  type State = Tensors<typeof state>;

  function read(params: Parameters, _: State, batch: Batch, pass: Pass) {
    const text = batchText(batch, 'mfn');
    const mask = realTokens(text);
    const alone = languageModel.prefix(params.languageModel, text, layers, inFork(pass, 'languageModel'));
    const words = zeroMasked(languageModel.norm(params.languageModel, alone), mask); // [B, L, d]
    const inputs: Record<string, Encoded> = { text: { values: words, mask }, ...wordByWord(batch, host, text) };
    const heard = perStream(inputs, params.recurrent, (input, own) => lstm(own, input.values, input.mask));
    const all = tf.concat(
      heard.map((each) => each.cells),
      2,
    ); // [B, L, C]
    const { memory: kept } = gatedMemory(params.memory, all, mask, options, inFork(pass, 'memory'));
    return { read: { joint: tf.concat([...heard.map(({ last }) => last), kept], 1) }, state: {} }; // [B, C + M]
  }

  function conclude(params: Parameters, before: State, { joint }: { joint: tf.Tensor }, _: Batch, pass: Pass) {
    const { prediction, state: after } = predict(params.head, before.head, joint, dropout, inFork(pass, 'head'));
    return { output: { prediction }, state: { head: after } };
  }

  return { parameters, state, prefixDepths: [layers], ...twoParts(read, conclude, { samplesAlone: true }) };
}
