/**
 * Labels of the auxiliary heads, generated in training (ULGM: Self-MM, Yu et al. 2021, arXiv 2102.04830, section 3.3), as
 * DeepMLF's authors train on MOSI: a head learns the label of what it reads, weighted by how far that is from the label
 * of the whole.
 */
import { type Batch, type FusionHost, InterfuseError, type LabelInput, type Output, type Pass } from '@interfuse/core';
import {
  epochsBegun,
  generateLabels,
  type LabelMemories,
  labelMemoryLeaves,
  recallLabels,
  unimodalWeights,
} from '@interfuse/nn';
import * as tf from '@tensorflow/tfjs';
import type { DeepmlfOptions } from './plugin.js';
import { hasStream, hasText } from './presence.js';

/** Heads whose labels are generated: from each fusion token, from the streams, from the last word. */
export type AuxiliaryHead = 'fusion' | 'streams' | 'text';

/** What a head is to learn of each sample, [B, 1] both. */
export interface HeadTarget {
  readonly labels: tf.Tensor;
  readonly weights: tf.Tensor;
}

export type HeadTargets = { readonly [head in AuxiliaryHead]?: HeadTarget };

export interface LabelGeneration {
  /** Leaves of the memories. */
  readonly state: {
    readonly joint: MemoryLeaves;
    readonly single: { readonly [head in AuxiliaryHead]?: MemoryLeaves };
  };
  targets(memories: LabelMemories, batch: Batch, pass: Pass): HeadTargets;
  /** The memories after a batch, from `output.features`: `task` and one for each head. */
  follow(memories: LabelMemories, output: Output, batch: Batch, pass: Pass): LabelMemories;
}

type MemoryLeaves = ReturnType<typeof labelMemoryLeaves>;

/**
 * @param widths of what is remembered of a sample: for `task` the hidden layer of the task head, for a head what it reads
 * @throws CONFIG_WRONG_VALUE if no head is left to learn; PLUGIN_REQUIREMENT if labels have no sign, or the host does not
 *   say how many samples train
 */
export function labelGeneration(
  { patience, bound }: NonNullable<DeepmlfOptions['ulgm']>,
  lossWeights: DeepmlfOptions['lossWeights'],
  widths: { readonly [name in AuxiliaryHead | 'task']: number },
  { task, samples }: FusionHost,
): LabelGeneration {
  const heads = (['fusion', 'streams', 'text'] as const).filter((head) => lossWeights[head] > 0);
  if (heads.length === 0) {
    throw new InterfuseError('CONFIG_WRONG_VALUE', {
      place: 'fusion.options.ulgm',
      expected: 'null, or a head whose labels are generated',
      got: 'no head: lossWeights of fusion, streams and text are 0',
      remedy: 'Give one of them a weight, or leave ulgm out.',
    });
  }
  if (task.kind !== 'regression' || task.range[0] >= 0 || task.range[1] <= 0) {
    throw new InterfuseError('PLUGIN_REQUIREMENT', {
      place: 'fusion.options.ulgm',
      expected: 'a regression to labels below and above zero, whose means are the two class centres',
      got: task.kind === 'regression' ? `labels in [${task.range.join(', ')}]` : task.kind,
      remedy: 'Leave ulgm out for this dataset.',
    });
  }
  if (samples === undefined) {
    throw new InterfuseError('PLUGIN_REQUIREMENT', {
      place: 'fusion.options.ulgm',
      expected: 'a host that says how many samples train (`samples.train`)',
      got: 'one that does not',
      remedy: 'Set `samples` of the host to the size of the training split.',
    });
  }
  const memory = (name: AuxiliaryHead | 'task'): MemoryLeaves => labelMemoryLeaves(samples.train, widths[name]);
  const settings = { patience, bound: bound ?? Math.max(-task.range[0], task.range[1]) };

  return {
    state: { joint: memory('task'), single: Object.fromEntries(heads.map((head) => [head, memory(head)])) },
    targets(memories, batch, pass) {
      const { values } = batch.labels.task as LabelInput;
      // One epoch later than labels, for these have all been generated once by then.
      const begun = tf.greater(epochsBegun(pass), patience + 1);
      return Object.fromEntries(
        heads.map((head) => {
          const labels = recallLabels(memories.single[head] as LabelMemories['joint'], batch.rows, values);
          const own = unimodalWeights(labels, values);
          return [head, { labels, weights: tf.where(begun, own, tf.fill(own.shape, lossWeights[head])) }];
        }),
      );
    },
    follow(memories, output, batch, pass) {
      const { values, known } = batch.labels.task as LabelInput;
      const feature = (name: AuxiliaryHead | 'task') => output.features?.[name] as tf.Tensor;
      const single = heads.map((head) => [
        head,
        { features: feature(head), known: tf.logicalAnd(known, present(head, batch)) },
      ]);
      const joint = { features: feature('task'), labels: values, known };
      return generateLabels(memories, { rows: batch.rows, joint, single: Object.fromEntries(single) }, settings, pass);
    },
  };
}

/** [B] bool: which samples have what the head reads. */
function present(head: AuxiliaryHead, batch: Batch): tf.Tensor {
  if (head === 'text') return hasText(batch);
  return head === 'streams' ? hasStream(batch) : tf.ones(batch.rows.shape, 'bool');
}
