/** The labels that single modalities were given by people who saw or heard nothing else. */
import { type Batch, InterfuseError, type LabelInput, type Task } from '@interfuse/core';

/** As importers name them: `audio` is a score, and `audio_class` the index of a class. */
export function unimodalLabelName(task: Task, modality: string): string {
  return task.kind === 'regression' ? modality : `${modality}_class`;
}

/** @throws PLUGIN_REQUIREMENT if no sample of the split has such a label */
export function unimodalLabel({ labels }: Pick<Batch, 'labels'>, task: Task, modality: string): LabelInput {
  const name = unimodalLabelName(task, modality);
  const label = labels[name];
  if (label) return label;
  throw new InterfuseError('PLUGIN_REQUIREMENT', {
    place: 'fusion mlf-dnn',
    expected: `a dataset with the label "${name}", which trains the head of ${modality}`,
    got: `labels: ${Object.keys(labels).join(', ') || 'none'}`,
    remedy: `Use a dataset with unimodal labels (CH-SIMS has them), or train without this head: fusion.options.lossWeights.${modality}=0.`,
  });
}
