/**
 * Self-MM (Yu et al. 2021, arXiv 2102.04830): late fusion whose modality vectors also feed heads of their own, trained on
 * labels that are generated from the label of the whole.
 */
import type { Batch, FusionHost, FusionModule, LabelInput, Output, Pass, Tensors } from '@interfuse/core';
import { type LabelMemories, taskLoss, twoParts } from '@interfuse/nn';
import type * as tf from '@tensorflow/tfjs';
import type { ByModality } from '../shared/modalities.js';
import { multiTaskFusion } from '../shared/multi-task.js';
import { generatedLabels } from './generated-labels.js';
import type { SelfMmOptions } from './plugin.js';

export function createSelfMm(options: SelfMmOptions, host: FusionHost): FusionModule {
  const { parameters, prefixDepths, samplesAlone, read, conclude, single, hidden, ...trunk } = multiTaskFusion(
    'self-mm',
    options,
    host,
  );
  const generation = generatedLabels(single, hidden, options.bound, host);
  const state = { ...trunk.state, memories: generation.state };

  type Parameters = Tensors<typeof parameters>;
  type State = Tensors<typeof state>;

  function concludeWithMemories(
    params: Parameters,
    before: State,
    pooled: ByModality<tf.Tensor>,
    batch: Batch,
    pass: Pass,
  ) {
    const { output, state: after } = conclude(params, before, pooled, batch, pass);
    return { output, state: { ...after, memories: before.memories } };
  }

  return {
    parameters,
    state,
    prefixDepths,
    ...twoParts(read, concludeWithMemories, { samplesAlone }),
    losses({ prediction, heads = {} }: Output, batch: Batch, { memories }: State) {
      const task = { value: taskLoss(host.task, prediction, batch.labels.task as LabelInput), weight: 1 };
      return { task, ...generation.losses(memories as LabelMemories, heads, batch) };
    },
    afterStep: (after: State, output: Output, batch: Batch, pass: Pass) => ({
      ...after,
      memories: generation.follow(after.memories as LabelMemories, output, batch, pass),
    }),
  };
}
