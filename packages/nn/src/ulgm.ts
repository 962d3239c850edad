/**
 * ULGM, the unimodal label generation module of Self-MM (Yu et al. 2021, arXiv 2102.04830, section 3.3): a label for each
 * modality by itself, from the label of the whole and from where the features of both lie between two class centres.
 * Distances are not squared, as in the authors' program. Letters: B samples, d features, E epochs counted from 1.
 */
import type { Pass } from '@interfuse/core';
import * as tf from '@tensorflow/tfjs';
import { classCentres, type LabelledFeatures, type LabelMemory, recallLabels, remember } from './label-memory.js';

/** Keeps quotients finite. */
const epsilon = 1e-8;

/** delta = (|f - c-| - |f - c+|) / (|f - c+| + epsilon), [B, 1]: how much nearer features [B, d] are to c+ than to c-. */
export function relativeDistance(features: tf.Tensor, positive: tf.Tensor, negative: tf.Tensor): tf.Tensor {
  const distance = (centre: tf.Tensor): tf.Tensor => tf.sqrt(tf.sum(tf.square(tf.sub(features, centre)), 1, true));
  const toPositive = distance(positive);
  return tf.div(tf.sub(distance(negative), toPositive), tf.add(toPositive, epsilon));
}

/**
 * y_s = (alpha y + y + delta_s - delta) / 2 with alpha = delta_s / (delta + epsilon), within plus and minus `bound`.
 *
 * @param labels y [B, 1], of all modalities together
 * @param own delta_s [B, 1], of the modality
 * @param joint delta [B, 1], of all modalities together
 */
export function generatedLabels(labels: tf.Tensor, own: tf.Tensor, joint: tf.Tensor, bound: number): tf.Tensor {
  const scaled = tf.mul(tf.div(own, tf.add(joint, epsilon)), labels);
  const shifted = tf.add(labels, tf.sub(own, joint));
  return tf.clipByValue(tf.mul(0.5, tf.add(scaled, shifted)), -bound, bound);
}

/** (E - 1) / (E + 1) before + 2 / (E + 1) generated: a mean over epochs in which epoch E has the weight E. */
export function followLabels(before: tf.Tensor, generated: tf.Tensor, epochs: tf.Tensor): tf.Tensor {
  const rate = tf.div(2, tf.add(epochs, 1));
  return tf.add(tf.mul(tf.sub(1, rate), before), tf.mul(rate, generated));
}

/** tanh|y_s - y|, [B, 1]: a modality whose label departs from that of the whole has more to say of its own. */
export function unimodalWeights(own: tf.Tensor, joint: tf.Tensor): tf.Tensor {
  return tf.tanh(tf.abs(tf.sub(own, joint)));
}

/** E, as float32: this epoch, counted from 1. */
export function epochsBegun({ epoch }: Pass): tf.Tensor {
  return tf.cast(tf.add(epoch, 1), 'float32');
}

/** Memories of all modalities together and of each by itself, by name. */
export type LabelMemories = {
  readonly joint: LabelMemory;
  readonly single: { readonly [modality: string]: LabelMemory };
};

export interface LabelGenerationInput {
  /** [B] int32: the positions of the samples in the training split, no two of them alike. */
  readonly rows: tf.Tensor;
  /** Of all modalities together, with the labels of the dataset. */
  readonly joint: LabelledFeatures;
  /** Of each by itself, by the names of the memories. */
  readonly single: { readonly [modality: string]: Omit<LabelledFeatures, 'labels'> };
}

export interface LabelGenerationSettings {
  /** Epochs in which a modality has the label of the whole, at least one: centres need features of all samples. */
  readonly patience: number;
  /** Generated labels lie within plus and minus this. */
  readonly bound: number;
}

/**
 * The memories after a batch: first its labels follow what is generated from the centres as they were, then features and
 * labels of its samples are remembered. Up to `patience`, and while a class has no sample, a modality has the label of
 * the whole.
 */
export function generateLabels(
  memories: LabelMemories,
  { rows, joint, single }: LabelGenerationInput,
  { patience, bound }: LabelGenerationSettings,
  pass: Pass,
): LabelMemories {
  const epochs = epochsBegun(pass);
  const whole = placeOf(memories.joint, joint.features);
  const begun = tf.logicalAnd(tf.greater(epochs, patience), whole.defined);

  const follow = (memory: LabelMemory, { features, known }: Omit<LabelledFeatures, 'labels'>): LabelMemory => {
    const own = placeOf(memory, features);
    const before = recallLabels(memory, rows, joint.labels); // [B, 1]
    const generated = generatedLabels(joint.labels, own.delta, whole.delta, bound);
    const labels = tf.where(tf.logicalAnd(begun, own.defined), followLabels(before, generated, epochs), before);
    return remember(memory, rows, { features, labels, known });
  };
  return {
    joint: remember(memories.joint, rows, joint),
    single: Object.fromEntries(
      Object.entries(memories.single).map(([name, memory]) => [
        name,
        follow(memory, single[name] as Omit<LabelledFeatures, 'labels'>),
      ]),
    ),
  };
}

/** Where features [B, d] lie between the centres: delta [B, 1], and whether both classes have samples. */
function placeOf(memory: LabelMemory, features: tf.Tensor): { delta: tf.Tensor; defined: tf.Tensor } {
  const { positive, negative } = classCentres(memory);
  return {
    delta: relativeDistance(features, positive.features, negative.features),
    defined: tf.greater(tf.minimum(positive.count, negative.count), 0),
  };
}
