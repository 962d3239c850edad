/** The objective of DeepMLF: the task from five places (arXiv 2504.11082; targets as in the released program). */
import type { Batch, LabelInput, LossTerm, Output, Task, TextInput } from '@interfuse/core';
import { crossEntropy, taskLoss } from '@interfuse/nn';
import * as tf from '@tensorflow/tfjs';

export interface LossWeights {
  readonly fusion: number;
  readonly streams: number;
  readonly text: number;
  readonly languageModel: number;
}

/** Every term whose head the output has; `task` has weight 1. */
export function deepmlfLosses(
  output: Output,
  batch: Batch,
  task: Task,
  weights: LossWeights,
): Record<string, LossTerm> {
  const label = batch.labels.task as LabelInput;
  const { fusion, streams, text, languageModel } = output.heads ?? {};
  const terms: Record<string, LossTerm> = { task: { value: taskLoss(task, output.prediction, label), weight: 1 } };
  if (fusion) terms.fusion = { value: fusionLoss(task, fusion, label), weight: weights.fusion };
  if (streams) terms.streams = { value: taskLoss(task, streams, label), weight: weights.streams };
  if (text) terms.text = { value: taskLoss(task, text, label), weight: weights.text };
  if (languageModel && batch.text) {
    terms.languageModel = { value: nextTokenLoss(languageModel, batch.text), weight: weights.languageModel };
  }
  return terms;
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
