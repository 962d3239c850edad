/**
 * What single modalities learn in Self-MM (Yu et al. 2021, arXiv 2102.04830): labels that are generated in training
 * (ULGM), and from a sample the more the further its label is from that of the whole.
 */
import {
  type Batch,
  type FusionHost,
  InterfuseError,
  type LabelInput,
  type LossTerm,
  type Output,
  type Pass,
} from '@interfuse/core';
import {
  generateLabels,
  type LabelMemories,
  labelMemoryLeaves,
  recallLabels,
  unimodalWeights,
  weightedMean,
} from '@interfuse/nn';
import * as tf from '@tensorflow/tfjs';
import { type ByModality, presence } from '../shared/modalities.js';

/** One epoch with the label of the whole: the centres need the features of all samples. */
const patience = 1;

type MemoryLeaves = ReturnType<typeof labelMemoryLeaves>;

export interface GeneratedLabels {
  readonly state: { readonly joint: MemoryLeaves; readonly single: ByModality<MemoryLeaves> };
  /** Of each modality, mean of tanh|y_s - y| |guess - y_s| over the samples that have it and a label. */
  losses(memories: LabelMemories, guesses: ByModality<tf.Tensor>, batch: Batch): Record<string, LossTerm>;
  /** The memories after a batch, from `output.features`. */
  follow(memories: LabelMemories, output: Output, batch: Batch, pass: Pass): LabelMemories;
}

/**
 * @param modalities that have a head
 * @param widths of the features of each of them and of `joint`
 * @param bound generated labels lie within plus and minus this; null: as far as those of the task
 * @throws PLUGIN_REQUIREMENT if labels have no sign, or the host does not say how many samples train
 */
export function generatedLabels(
  modalities: readonly string[],
  widths: ByModality<number>,
  bound: number | null,
  { task, samples }: FusionHost,
): GeneratedLabels {
  const unmet = (expected: string, got: string): InterfuseError =>
    new InterfuseError('PLUGIN_REQUIREMENT', { place: 'fusion self-mm', expected, got });
  if (task.kind !== 'regression' || task.range[0] >= 0 || task.range[1] <= 0) {
    throw unmet(
      'a regression to labels below and above zero, whose means are the two class centres',
      task.kind === 'regression' ? `labels in [${task.range.join(', ')}]` : task.kind,
    );
  }
  if (samples === undefined) {
    throw unmet('a host that says how many samples train (`samples.train`)', 'one that does not');
  }
  const memory = (name: string): MemoryLeaves => labelMemoryLeaves(samples.train, widths[name] as number);
  const settings = { patience, bound: bound ?? Math.max(-task.range[0], task.range[1]) };
  const has = (modality: string, batch: Batch): tf.Tensor =>
    tf.logicalAnd((batch.labels.task as LabelInput).known, presence(batch, modality)); // [B] bool

  return {
    state: {
      joint: memory('joint'),
      single: Object.fromEntries(modalities.map((modality) => [modality, memory(modality)])),
    },
    losses({ single }, guesses, batch) {
      const { values } = batch.labels.task as LabelInput;
      const terms = modalities.map((modality): [string, LossTerm] => {
        const labels = recallLabels(single[modality] as LabelMemories['joint'], batch.rows, values); // [B, 1]
        const errors = tf.abs(tf.sub(guesses[modality] as tf.Tensor, labels));
        const known = tf.expandDims(tf.cast(has(modality, batch), 'float32'), 1);
        return [modality, { value: weightedMean(tf.mul(unimodalWeights(labels, values), errors), known), weight: 1 }];
      });
      return Object.fromEntries(terms);
    },
    follow(memories, { features = {} }, batch, pass) {
      const { values, known } = batch.labels.task as LabelInput;
      const single = modalities.map((modality) => [
        modality,
        { features: features[modality] as tf.Tensor, known: has(modality, batch) },
      ]);
      const joint = { features: features.joint as tf.Tensor, labels: values, known };
      return generateLabels(memories, { rows: batch.rows, joint, single: Object.fromEntries(single) }, settings, pass);
    },
  };
}
