/** The objective of MISA (Hazarika et al. 2020, arXiv 2005.03545): the task, similarity, difference and reconstruction. */
import type { Batch, LabelInput, LossTerm, Output, Task } from '@interfuse/core';
import { taskLoss, weightedMean } from '@interfuse/nn';
import * as tf from '@tensorflow/tfjs';
import { presenceWeights } from '../shared/modalities.js';
import { centralMomentDiscrepancy, softOrthogonality } from './distances.js';

export interface MisaLossWeights {
  readonly similarity: number;
  readonly difference: number;
  readonly reconstruction: number;
}

/**
 * Terms of weight 0 are left out. Over M modalities: similarity is the mean CMD of shared vectors over pairs, difference
 * the sum of the soft orthogonality of private to shared vectors and of private vectors of all pairs, reconstruction the
 * mean square error of the vectors that both are made of.
 */
export function misaLosses(
  { prediction, heads = {} }: Output,
  batch: Batch,
  {
    task,
    modalities,
    weights,
  }: { readonly task: Task; readonly modalities: readonly string[]; readonly weights: MisaLossWeights },
): Record<string, LossTerm> {
  const vector = (part: string, modality: string): tf.Tensor => heads[`${part}/${modality}`] as tf.Tensor; // [B, width]
  const present = new Map(modalities.map((modality) => [modality, presenceWeights(batch, modality)]));
  const has = (modality: string): tf.Tensor => present.get(modality) as tf.Tensor; // [B, 1]
  const pairs = modalities.flatMap((one, i) => modalities.slice(i + 1).map((other) => [one, other] as const));

  const similarity = () =>
    mean(
      pairs.map(([one, other]) =>
        centralMomentDiscrepancy([vector('shared', one), has(one)], [vector('shared', other), has(other)]),
      ),
    );
  const difference = () =>
    tf.addN([
      ...modalities.map((one) => softOrthogonality(vector('private', one), vector('shared', one), has(one))),
      ...pairs.map(([one, other]) =>
        softOrthogonality(vector('private', one), vector('private', other), tf.mul(has(one), has(other))),
      ),
    ]);
  const reconstruction = () =>
    mean(
      modalities.map((one) =>
        weightedMean(tf.square(tf.sub(vector('reconstruction', one), vector('utterance', one))), has(one)),
      ),
    );

  return {
    task: { value: taskLoss(task, prediction, batch.labels.task as LabelInput), weight: 1 },
    ...(weights.similarity > 0 ? { similarity: { value: similarity(), weight: weights.similarity } } : {}),
    ...(weights.difference > 0 ? { difference: { value: difference(), weight: weights.difference } } : {}),
    ...(weights.reconstruction > 0
      ? { reconstruction: { value: reconstruction(), weight: weights.reconstruction } }
      : {}),
  };
}

function mean(values: readonly tf.Tensor[]): tf.Tensor {
  return tf.div(tf.addN([...values]), values.length);
}
