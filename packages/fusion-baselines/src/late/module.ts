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
  inFork,
  linear,
  linearLeaves,
  relu,
  twoParts,
} from '@interfuse/nn';
import * as tf from '@tensorflow/tfjs';
import { type ByModality, forEachModality, modalityReader } from '../shared/modalities.js';
import { headLeaves, predict } from '../shared/prediction-head.js';
import type { LateOptions } from './plugin.js';

const utteranceLeaves = (inputs: number, width: number) => ({
  norm: batchNormLeaves(inputs),
  linear: linearLeaves(inputs, width),
});

type UtteranceParameters = Tensors<ReturnType<typeof utteranceLeaves>>;
type NormState = Tensors<ReturnType<typeof batchNormState>>;

export function createLate({ width, hidden, dropout }: LateOptions, host: FusionHost): FusionModule {
  const { read, widths, prefixDepths, samplesAlone, ...reader } = modalityReader(host, 'late');
  const head = headLeaves(Object.keys(widths).length * width, hidden, taskOutputs(host.task));
  const parameters = {
    ...reader.parameters,
    utterances: forEachModality(widths, (inputs) => utteranceLeaves(inputs, width)),
    head: head.parameters,
  };
  const state = { ...reader.state, utterances: forEachModality(widths, batchNormState), head: head.state };

  type Parameters = Tensors<typeof parameters>;
  type State = Tensors<typeof state>;

  function conclude(params: Parameters, before: State, pooled: ByModality<tf.Tensor>, _: Batch, pass: Pass) {
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

  return { parameters, state, prefixDepths, ...twoParts(read, conclude, { samplesAlone }) };
}
