/** The objective of DeepMLF: the task from five places (arXiv 2504.11082; targets as in the released program). */
import {
  type Batch,
  InterfuseError,
  type LabelInput,
  type LossTerm,
  type Output,
  type Task,
  type TextInput,
} from '@interfuse/core';
import { crossEntropy, taskLoss, weightedMean } from '@interfuse/nn';
import * as tf from '@tensorflow/tfjs';
import type { AuxiliaryHead, HeadTarget, HeadTargets } from './label-generation.js';
import { hasStream, hasText } from './presence.js';

export interface LossWeights {
  readonly fusion: number;
  readonly streams: number;
  readonly text: number;
  readonly languageModel: number;
  readonly consistency: number;
}

/** @throws CONFIG_WRONG_VALUE if guesses are to agree that no head makes */
export function checkConsistency({ consistency, streams, text }: LossWeights): void {
  if (consistency === 0 || (streams > 0 && text > 0)) return;
  throw new InterfuseError('CONFIG_WRONG_VALUE', {
    place: 'fusion.options.lossWeights.consistency',
    expected: '0, or both heads that are to agree: streams and text with a weight above 0',
    got: `${consistency}, with streams: ${streams} and text: ${text}`,
  });
}

/**
 * Every term whose head the output has; `task` has weight 1.
 *
 * @param targets what heads learn in place of the label, with a weight for each sample, which is then part of the term
 */
export function deepmlfLosses(
  output: Output,
  batch: Batch,
  task: Task,
  weights: LossWeights,
  targets: HeadTargets = {},
): Record<string, LossTerm> {
  const label = batch.labels.task as LabelInput;
  const { fusion, streams, text, languageModel } = output.heads ?? {};
  const headTerm = (head: AuxiliaryHead, guesses: tf.Tensor): LossTerm => {
    const target = targets[head];
    if (target) return { value: targetLoss(guesses, target, label.known), weight: 1 };
    const loss = guesses.rank === 3 ? fusionLoss : taskLoss;
    return { value: loss(task, guesses, label), weight: weights[head] };
  };
  const terms: Record<string, LossTerm> = { task: { value: taskLoss(task, output.prediction, label), weight: 1 } };
  if (fusion) terms.fusion = headTerm('fusion', fusion);
  if (streams) terms.streams = headTerm('streams', streams);
  if (text) terms.text = headTerm('text', text);
  if (languageModel && batch.text) {
    terms.languageModel = { value: nextTokenLoss(languageModel, batch.text), weight: weights.languageModel };
  }
  if (streams && text && weights.consistency > 0) {
    terms.consistency = { value: consistencyLoss(streams, text, batch), weight: weights.consistency };
  }
  return terms;
}

/** Mean of w |guess - label| over the samples whose label is known; guesses [B, 1], or [B, n, 1] for one of each token. */
function targetLoss(guesses: tf.Tensor, { labels, weights }: HeadTarget, known: tf.Tensor): tf.Tensor {
  const perSample = guesses.rank === 3 ? [-1, 1, 1] : [-1, 1];
  const errors = tf.abs(tf.sub(guesses, tf.reshape(labels, perSample)));
  return weightedMean(tf.mul(tf.reshape(weights, perSample), errors), tf.reshape(tf.cast(known, 'float32'), perSample));
}

/** Mean |streams - text| of the guesses [B, outputs] over the samples that have both, whether their label is known or not. */
function consistencyLoss(streams: tf.Tensor, text: tf.Tensor, batch: Batch): tf.Tensor {
  const both = tf.logicalAnd(hasText(batch), hasStream(batch));
  return weightedMean(tf.abs(tf.sub(streams, text)), tf.expandDims(tf.cast(both, 'float32'), 1));
}

/** The mean over batch and tokens of the task loss: every token [B, n, outputs] guesses the label of its sample. */
function fusionLoss(task: Task, guesses: tf.Tensor, label: LabelInput): tf.Tensor {
  const [batch, tokens, outputs] = guesses.shape as [number, number, number];
  const values = tf.reshape(tf.tile(label.values, [1, tokens]), [batch * tokens, 1]);
  const known = tf.reshape(tf.tile(tf.expandDims(label.known, 1), [1, tokens]), [batch * tokens]);
  return taskLoss(task, tf.reshape(guesses, [batch * tokens, outputs]), { values, known });
}

/**
 * Cross-entropy of the next token over the real tokens. The last real token of a text is to predict the pad that follows
 * it, and a text that fills all slots token 0, as in the released program.
 *
 * @param logits [B, L, vocabulary]
 */
function nextTokenLoss(logits: tf.Tensor, text: TextInput): tf.Tensor {
  const [batch, length, vocabulary] = logits.shape as [number, number, number];
  const following = tf.slice(text.tokens, [0, 1], [batch, length - 1]);
  const targets = tf.concat([following, tf.zeros([batch, 1], 'int32')], 1); // [B, L]
  const real = tf.logicalAnd(text.mask, tf.expandDims(text.present, 1));
  return crossEntropy(
    tf.reshape(logits, [batch * length, vocabulary]),
    tf.reshape(targets, [batch * length]),
    tf.reshape(tf.cast(real, 'float32'), [batch * length]),
  );
}
