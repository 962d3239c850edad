/**
 * MLF-DNN (Yu et al. 2020, CH-SIMS, ACL 2020 main 343): late fusion whose modality vectors also feed heads of their own,
 * trained on labels that people gave each modality alone.
 */
import {
  type Batch,
  type FusionHost,
  type FusionModule,
  InterfuseError,
  type LabelInput,
  type LossTerm,
  type Output,
} from '@interfuse/core';
import { taskLoss, twoParts } from '@interfuse/nn';
import * as tf from '@tensorflow/tfjs';
import { presence } from '../shared/modalities.js';
import { joint, multiTaskFusion } from '../shared/multi-task.js';
import { perModality } from '../shared/per-modality.js';
import type { MlfDnnOptions } from './plugin.js';
import { unimodalLabel } from './unimodal-labels.js';

export function createMlfDnn(options: MlfDnnOptions, host: FusionHost): FusionModule {
  const { task } = host;
  const weights = perModality(options.lossWeights, { joint, text: 'text', ...host.encoders }, 'lossWeights');
  checkWeights(weights.joint as number);
  const { parameters, state, prefixDepths, samplesAlone, read, conclude, single } = multiTaskFusion(
    'mlf-dnn',
    options,
    host,
    (modality) => weights[modality] !== 0,
  );

  /** A head learns from the samples that have its modality and a label of it. */
  function losses({ prediction, heads = {} }: Output, batch: Batch): Record<string, LossTerm> {
    const terms: Record<string, LossTerm> = {
      task: { value: taskLoss(task, prediction, batch.labels.task as LabelInput), weight: weights.joint as number },
    };
    for (const modality of single) {
      const { values, known } = unimodalLabel(batch, task, modality);
      const both = tf.logicalAnd(known, presence(batch, modality));
      const value = taskLoss(task, heads[modality] as tf.Tensor, { values, known: both });
      terms[modality] = { value, weight: weights[modality] as number };
    }
    return terms;
  }

  return { parameters, state, prefixDepths, ...twoParts(read, conclude, { samplesAlone }), losses };
}

/** @throws CONFIG_WRONG_VALUE if nothing would train what predicts */
function checkWeights(ofJoint: number): void {
  if (ofJoint !== 0) return;
  throw new InterfuseError('CONFIG_WRONG_VALUE', {
    place: 'fusion.options.lossWeights.joint',
    expected: 'a weight above 0: this head predicts',
    got: '0',
  });
}
