/** The dataset of a run as its strategy sees it: standardised as its checkpoint says, its streams controlled as its slot says. */
import type { Dataset } from '@interfuse/core';
import { controlStreams } from '@interfuse/training/loop';
import type { RunPlan } from '../experiment/plan.js';
import { standardisedDataset } from './standardised-dataset.js';

/** @throws CHECKPOINT_MISMATCH; CONFIG_WRONG_VALUE when a split of one sample is opened whose streams are to be shuffled */
export async function runDataset(run: RunPlan): Promise<Dataset> {
  const dataset = await standardisedDataset(run);
  const { control } = run.strategy.slot;
  return control === 'none' ? dataset : controlStreams(dataset, control, run.seed);
}
