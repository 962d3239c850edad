/**
 * Decision averaging, late fusion in the sense of Snoek et al. 2005 (doi 10.1145/1101149.1101236): every modality has a
 * head that learns the task by itself, and the prediction is a convex combination of what the heads say.
 */
import {
  type Batch,
  type FusionHost,
  type FusionModule,
  type Inspected,
  type LabelInput,
  type LossTerm,
  type Output,
  type Pass,
  type Tensors,
  type TensorTree,
  taskOutputs,
} from '@interfuse/core';
import { inFork, taskLoss, twoParts, zeros } from '@interfuse/nn';
import * as tf from '@tensorflow/tfjs';
import { type ByModality, forEachModality, modalityReader, presence, presenceWeights } from '../shared/modalities.js';
import { headLeaves, predict } from '../shared/prediction-head.js';
import { averageDecisions, logWeights } from './averaging.js';
import type { DecisionOptions } from './plugin.js';

type Head = Tensors<ReturnType<typeof headLeaves>['parameters']>;
type HeadState = Tensors<ReturnType<typeof headLeaves>['state']>;

export function createDecision(options: DecisionOptions, host: FusionHost): FusionModule {
  const { hidden, dropout, weights, ownLoss } = options;
  const { read, widths, prefixDepths, samplesAlone, ...reader } = modalityReader(host, 'decision');
  const modalities = Object.keys(widths);
  const heads = forEachModality(widths, (width) => headLeaves(width, hidden, taskOutputs(host.task)));
  const parameters = {
    ...reader.parameters,
    heads: forEachModality(heads, (head) => head.parameters),
    ...(weights === 'learned' ? { scores: zeros([modalities.length], { decay: false }) } : {}),
  };
  const state = { ...reader.state, heads: forEachModality(heads, (head) => head.state) };

  type Parameters = Tensors<typeof parameters>;
  type State = Tensors<typeof state>;

  function conclude(params: Parameters, before: State, pooled: ByModality<tf.Tensor>, batch: Batch, pass: Pass) {
    const decisions: Record<string, tf.Tensor> = {}; // [B, outputs] each
    const after: Record<string, TensorTree> = {};
    for (const [modality, vector] of Object.entries(pooled)) {
      const head = params.heads[modality] as Head;
      const own = inFork(pass, `heads/${modality}`);
      const said = predict(head, before.heads[modality] as HeadState, vector, dropout, own);
      decisions[modality] = said.prediction;
      after[modality] = said.state;
    }
    const scores = params.scores ?? tf.zeros([modalities.length]);
    const present = tf.concat(
      modalities.map((modality) => presenceWeights(batch, modality)),
      1,
    ); // [B, M]
    const stacked = tf.stack(Object.values(decisions), 1); // [B, M, outputs]
    const prediction = averageDecisions(host.task, stacked, logWeights(scores, present));
    const inspect: Record<string, Inspected> =
      weights === 'learned' ? { weights: { values: tf.softmax(scores), axes: ['modality'] } } : {};
    return { output: { prediction, heads: decisions, inspect }, state: { heads: after } };
  }

  /** Of the average, and of each modality by itself for the samples that have it. */
  function losses({ prediction, heads: decisions = {} }: Output, batch: Batch): Record<string, LossTerm> {
    const label = batch.labels.task as LabelInput;
    const terms: Record<string, LossTerm> = { task: { value: taskLoss(host.task, prediction, label), weight: 1 } };
    if (ownLoss === 0) return terms;
    for (const modality of modalities) {
      const known = tf.logicalAnd(label.known, presence(batch, modality));
      const value = taskLoss(host.task, decisions[modality] as tf.Tensor, { values: label.values, known });
      terms[modality] = { value, weight: ownLoss };
    }
    return terms;
  }

  return { parameters, state, prefixDepths, ...twoParts(read, conclude, { samplesAlone }), losses };
}
