/**
 * Tensor Fusion Network (Zadeh et al. 2017, arXiv 1707.07250): the head reads all products of features of one, two and
 * all modalities.
 */
import {
  type Batch,
  type FusionHost,
  type FusionModule,
  InterfuseError,
  type Pass,
  type Task,
  type Tensors,
  taskOutputs,
} from '@interfuse/core';
import { inFork, twoParts } from '@interfuse/nn';
import * as tf from '@tensorflow/tfjs';
import { deepHead, deepHeadLeaves } from '../shared/deep-head.js';
import { type ByModality, modalityReader } from '../shared/modalities.js';
import { perModality } from '../shared/per-modality.js';
import { utteranceLeaves, utteranceVectors } from '../shared/utterance-vectors.js';
import type { TfnOptions } from './plugin.js';
import { tensorFusion } from './tensor-fusion.js';

export function createTfn(options: TfnOptions, host: FusionHost): FusionModule {
  const { hidden, dropout, utteranceDropout, bounded } = options;
  checkBounds(bounded, host.task);
  const { read, widths: inputs, prefixDepths, samplesAlone, ...reader } = modalityReader(host, 'tfn');
  const widths = perModality(options.widths, inputs, 'widths');
  const utterances = utteranceLeaves(inputs, widths);
  const products = Object.values(widths).reduce((product, width) => product * (width + 1), 1);
  const parameters = {
    ...reader.parameters,
    utterances: utterances.parameters,
    head: deepHeadLeaves(products, hidden, taskOutputs(host.task)),
  };
  const state = { ...reader.state, utterances: utterances.state };

  type Parameters = Tensors<typeof parameters>;
  type State = Tensors<typeof state>;

  function conclude(params: Parameters, before: State, pooled: ByModality<tf.Tensor>, batch: Batch, pass: Pass) {
    const { vectors, state: after } = utteranceVectors(params.utterances, before.utterances, pooled, batch, {
      rate: utteranceDropout,
      pass,
    });
    const fused = tensorFusion(Object.values(vectors)); // [B, products]
    const said = deepHead(params.head, fused, { rate: dropout, pass: inFork(pass, 'head') }).prediction;
    const prediction = bounded ? withinRange(said, host.task) : said;
    return { output: { prediction }, state: { utterances: after } };
  }

  return { parameters, state, prefixDepths, ...twoParts(read, conclude, { samplesAlone }) };
}

/** low + (high - low) sigmoid(x): on [-3, 3] the 6 sigmoid(x) - 3 of the authors. */
export function withinRange(x: tf.Tensor, task: Task): tf.Tensor {
  if (task.kind !== 'regression') return x;
  const [low, high] = task.range;
  return tf.add(tf.mul(tf.sigmoid(x), high - low), low);
}

/** @throws CONFIG_WRONG_VALUE where there is no range to keep to */
function checkBounds(bounded: boolean, task: Task): void {
  if (!bounded || task.kind === 'regression') return;
  throw new InterfuseError('CONFIG_WRONG_VALUE', {
    place: 'fusion.options.bounded',
    expected: 'false in classification, where there is no range of scores',
    got: 'true',
  });
}
