/** What a search tunes by itself: each strategy, with each of the language models if it uses any. */
import type { FusionSlot, MetricFamily, Slot } from '@interfuse/core';
import { slotLabels, strategyLabels } from '../comparison/strategy-labels.js';
import { openExperiment } from '../experiment/open-experiment.js';
import { planRuns, type RunPlan } from '../experiment/plan.js';
import { type Searching, trialSections } from './trials.js';

export interface Candidate {
  /** Position of the strategy in the config. */
  readonly fusion: number;
  readonly label: string;
  readonly slot: FusionSlot;
  /** The one that it is tuned with: that of the config, or one of several. Empty if there is none. */
  readonly languageModel: readonly Slot[];
  /** Position and label of that one, if the config lists several and the strategy uses one. */
  readonly backbone?: { readonly index: number; readonly label: string };
  /** Of a whole training. */
  readonly epochs: number;
}

/** Of the config with the seeds of the search, and the metrics that they are judged by. @throws what planning throws */
export async function planCandidates(
  searching: Searching,
): Promise<{ readonly candidates: readonly Candidate[]; readonly metrics: MetricFamily }> {
  const { request, digests, logger } = searching;
  const experiment = await openExperiment({ ...request, sections: trialSections(searching) }, logger);
  const { fusion, languageModel } = experiment.config;
  const strategies = [...new Set((await planRuns(experiment, {}, digests)).map(({ strategy }) => strategy))];
  for (const { scope } of strategies) await scope.dispose();
  const labels = { strategies: strategyLabels(fusion), backbones: slotLabels(languageModel) };
  const candidates = strategies.map(({ choice, slot, settings, usesBackbone }): Candidate => {
    const { languageModel: index } = choice;
    const backbone = { index, label: labels.backbones[index] as string };
    return {
      fusion: choice.fusion,
      label: labels.strategies[choice.fusion] as string,
      slot,
      languageModel: languageModel.slice(index, index + 1),
      ...(usesBackbone && languageModel.length > 1 ? { backbone } : {}),
      epochs: settings.epochs,
    };
  });
  return { candidates, metrics: (strategies[0] as RunPlan['strategy']).metrics };
}
