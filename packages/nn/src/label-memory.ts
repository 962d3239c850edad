/**
 * A memory of the training samples: the features and the label that each had when it was last seen (Self-MM, Yu et al.
 * 2021, arXiv 2102.04830, section 3.3). Letters: N training samples, B samples of the batch, d features.
 */
import type { Tensors } from '@interfuse/core';
import * as tf from '@tensorflow/tfjs';
import { zeros } from './leaves.js';

/** State of a module: features [N, d], labels [N, 1] and seen [N, 1], 1 for the samples that are remembered; none at first. */
export function labelMemoryLeaves(samples: number, width: number) {
  const memory = { train: false } as const;
  return {
    features: zeros([samples, width], memory),
    labels: zeros([samples, 1], memory),
    seen: zeros([samples, 1], memory),
  };
}

export type LabelMemory = Tensors<ReturnType<typeof labelMemoryLeaves>>;

/** What there is to remember of the samples of a batch. */
export interface LabelledFeatures {
  /** [B, d]. */
  readonly features: tf.Tensor;
  /** [B, 1]. */
  readonly labels: tf.Tensor;
  /** [B] bool: of which samples these are known; what is remembered of the others stays. */
  readonly known: tf.Tensor;
}

/**
 * The remembered labels of these samples, and for samples that are not remembered the labels given: [B, 1].
 *
 * @param rows [B] int32: their positions in the training split
 */
export function recallLabels(memory: LabelMemory, rows: tf.Tensor, labels: tf.Tensor): tf.Tensor {
  const seen = tf.greater(tf.gather(memory.seen, rows as tf.Tensor1D), 0);
  return tf.where(seen, tf.gather(memory.labels, rows as tf.Tensor1D), labels);
}

/**
 * The memory with these samples in it as they now are.
 *
 * @param rows [B] int32, no two of them alike
 */
export function remember(memory: LabelMemory, rows: tf.Tensor, fresh: LabelledFeatures): LabelMemory {
  const known = tf.expandDims(fresh.known, 1); // [B, 1]
  const put = (remembered: tf.Tensor, values: tf.Tensor): tf.Tensor => {
    const before = tf.gather(remembered, rows as tf.Tensor1D);
    const after = tf.where(known, values, before);
    return tf.tensorScatterUpdate(remembered, tf.expandDims(rows, 1) as tf.Tensor2D, after);
  };
  return {
    features: put(memory.features, fresh.features),
    labels: put(memory.labels, fresh.labels),
    seen: put(memory.seen, tf.ones([rows.size, 1])),
  };
}

/** The mean features of one class, [1, d], and how many samples it has. */
export interface ClassCentre {
  readonly features: tf.Tensor;
  readonly count: tf.Tensor;
}

/** c+ and c-: of the remembered samples with labels above and below zero. A label of zero counts for neither. */
export function classCentres({ features, labels, seen }: LabelMemory): {
  positive: ClassCentre;
  negative: ClassCentre;
} {
  const centre = (members: tf.Tensor): ClassCentre => {
    const weight = tf.mul(tf.cast(members, 'float32'), seen); // [N, 1]
    const count = tf.sum(weight);
    return { features: tf.div(tf.matMul(weight, features, true), tf.maximum(count, 1)), count };
  };
  return { positive: centre(tf.greater(labels, 0)), negative: centre(tf.less(labels, 0)) };
}
