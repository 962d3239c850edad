/** What a config would run, strategy by strategy, and what of it is there already; no weight is read. */
import type { Dataset } from '@interfuse/core';
import { epochLength } from '@interfuse/training';
import { labelNames } from '@interfuse/training/loop';
import { slotLabels, strategyLabels } from '../comparison/strategy-labels.js';
import { type ExistingRun, quickDigest, readExistingRuns } from '../experiment/existing-runs.js';
import { Digests } from '../experiment/identity.js';
import type { Experiment } from '../experiment/open-experiment.js';
import {
  type ParameterCounts,
  type PartCounts,
  partCounts,
  type TrainingMemory,
  trainingMemory,
} from '../experiment/parameter-counts.js';
import { planRuns, type RunPlan } from '../experiment/plan.js';
import { stagesOf } from '../experiment/stages-of.js';
import { type FlopCounts, flopCounts } from '../run/flop-counts.js';
import { showPath } from '../show-path.js';

/** What the runs of one strategy with one language model have in common, and each of them. */
export interface PlannedStrategy {
  readonly strategy: string;
  /** Its name, if it is a stage that other runs start with. */
  readonly stage?: string;
  /** Label of its language model, if it uses one. */
  readonly backbone?: string;
  readonly category: string;
  readonly parameters: ParameterCounts;
  readonly parts: readonly PartCounts[];
  readonly memory: TrainingMemory;
  /** Absent for a strategy that only eager engines can run. */
  readonly flops?: FlopCounts;
  readonly epochs: {
    /** At most. */
    readonly most: number;
    /** Micro-batches, optimizer steps, and micro-batches whose gradients are thrown away, in one epoch. */
    readonly batches: number;
    readonly updates: number;
    readonly dropped: number;
  };
  readonly runs: readonly {
    readonly seed: number;
    readonly state: 'open' | 'begun' | 'finished';
    /** Name of its folder, where there is one. */
    readonly run?: string;
  }[];
}

export interface ExperimentPlan {
  readonly name: string;
  readonly dataset: { readonly name: string; readonly samples: { readonly [split: string]: number } };
  readonly seeds: readonly number[];
  readonly output: string;
  readonly strategies: readonly PlannedStrategy[];
}

/** @throws what `planRuns` throws */
export async function planExperiment(experiment: Experiment): Promise<ExperimentPlan> {
  const wanted = await planRuns(experiment, {}, new Digests(experiment, quickDigest));
  const runs = [...stagesOf(wanted), ...wanted];
  const existing = await readExistingRuns(experiment.outputFolder);
  const strategies = [...new Set(runs.map(({ strategy }) => strategy))];
  const { config } = experiment;
  const { spec } = (strategies[0] as RunPlan['strategy']).dataset;
  const labels = { strategies: strategyLabels(config.fusion), backbones: slotLabels(config.languageModel) };
  const labelsOf = trainingLabels();
  const planOf = async (strategy: RunPlan['strategy']): Promise<PlannedStrategy> => {
    const { choice, stage, slot, plugin, module, settings, parameters, usesBackbone } = strategy;
    const own = runs.filter((run) => run.strategy === strategy);
    const backbone = usesBackbone ? labels.backbones[choice.languageModel] : undefined;
    const flops = await flopCounts(own[0] as RunPlan, await labelsOf(strategy.dataset));
    return {
      strategy: stage === undefined ? (labels.strategies[choice.fusion] as string) : slot.use,
      ...(stage === undefined ? {} : { stage }),
      ...(backbone === undefined ? {} : { backbone }),
      category: plugin.category,
      parameters,
      parts: partCounts(module),
      memory: trainingMemory(module, settings),
      ...(flops === undefined ? {} : { flops }),
      epochs: { most: settings.epochs, ...epochLength(spec.sizes.train, settings) },
      runs: own.map((run) => ({ seed: run.seed, ...stateOf(existing(run)) })),
    };
  };
  const planned: PlannedStrategy[] = [];
  for (const strategy of strategies) planned.push(await planOf(strategy));
  for (const { scope } of strategies) await scope.dispose();
  return {
    name: config.name,
    dataset: { name: spec.name, samples: spec.sizes },
    seeds: config.seeds,
    output: showPath(experiment.outputFolder),
    strategies: planned,
  };
}

/** Names of the labels that the training split has, read once for each dataset. No stream is read, and so none is standardised. */
function trainingLabels(): (dataset: Dataset) => Promise<readonly string[]> {
  const known = new Map<Dataset, readonly string[]>();
  return async (dataset) => {
    const found = known.get(dataset);
    if (found !== undefined) return found;
    const split = await (dataset.standardisation?.with({}) ?? dataset).open('train');
    const names = labelNames(split.samples);
    await split.close();
    known.set(dataset, names);
    return names;
  };
}

function stateOf(existing: ExistingRun | undefined): Omit<PlannedStrategy['runs'][number], 'seed'> {
  if (existing === undefined) return { state: 'open' };
  return { state: existing.finished ? 'finished' : 'begun', run: existing.run };
}
