/** `interfuse plan`: what a config would run, what of it trains, and what is there already; no weight is read. */
import type { Dataset } from '@interfuse/core';
import { epochLength, labelNames } from '@interfuse/training/loop';
import { formatCount, formatFlops, showBytes } from '../comparison/format.js';
import { slotLabels, strategyLabels } from '../comparison/strategy-labels.js';
import { textTable } from '../comparison/table.js';
import { type ExistingRun, quickDigest, readExistingRuns } from '../experiment/existing-runs.js';
import { Digests } from '../experiment/identity.js';
import { type Experiment, type ExperimentRequest, openExperiment } from '../experiment/open-experiment.js';
import {
  type ParameterCounts,
  type PartCounts,
  partCounts,
  type TrainingMemory,
  trainingMemory,
} from '../experiment/parameter-counts.js';
import { planRuns, type RunPlan, stagesOf } from '../experiment/plan.js';
import { type FlopCounts, flopCounts } from '../run/flop-counts.js';
import { showPath } from '../show-path.js';
import { type CommandContext, terminalLogger } from './context.js';

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

export async function plan(
  request: ExperimentRequest,
  { json }: { readonly json: boolean },
  { terminal }: CommandContext,
): Promise<number> {
  const experiment = await openExperiment(request, terminalLogger(terminal));
  const planned = await planExperiment(experiment);
  terminal.out.write(json ? `${JSON.stringify(planned, null, 2)}\n` : `${planText(planned)}\n`);
  return 0;
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

function planText({ name, dataset, seeds, output, strategies }: ExperimentPlan): string {
  const count = strategies.reduce((sum, { runs }) => sum + runs.length, 0);
  const samples = Object.entries(dataset.samples).map(([split, size]) => `${split} ${size}`);
  const several = (number: number, what: string): string => `${number} ${what}${number === 1 ? '' : 's'}`;
  return [
    `${name}: ${several(count, 'run')} on ${dataset.name} (${samples.join(', ')}), seeds ${seeds.join(', ')}, in ${output}`,
    ...strategies.map(strategyText),
  ].join('\n\n');
}

function strategyText({
  strategy,
  stage,
  backbone,
  category,
  parameters,
  parts,
  memory,
  flops,
  epochs,
  runs,
}: PlannedStrategy): string {
  const row = (part: string, total: number, trained: number) => [
    part,
    exact(trained),
    exact(total - trained),
    exact(total),
  ];
  const table = textTable({
    columns: [
      { title: 'parameters', align: 'left' },
      ...['trained', 'frozen', 'total'].map((title) => ({ title, align: 'right' }) as const),
    ],
    rows: [
      ...parts.map(({ part, total, trained }) => row(part, total, trained)),
      row('all', parameters.total, parameters.trained),
    ],
  });
  const { batches, updates, dropped, most } = epochs;
  const whole = memory.parameters + memory.gradients + memory.optimizer;
  const states = (['finished', 'begun', 'open'] as const).flatMap((state) => {
    const of = runs.filter((run) => run.state === state);
    return of.length === 0
      ? []
      : [`${of.length} ${state} (${of.map(({ seed, run }) => run ?? `seed ${seed}`).join(', ')})`];
  });
  return [
    `${stage === undefined ? '' : `stage ${stage}: `}${strategy}${backbone === undefined ? '' : ` with ${backbone}`} [${category}]`,
    table,
    `epochs: at most ${most}, each of ${batches} micro-batches and ${updates} optimizer steps${dropped === 0 ? '' : `, ${dropped} micro-batches dropped`}`,
    `memory: ${showBytes(whole)} before activations (parameters ${showBytes(memory.parameters)} as float32, gradients ${showBytes(memory.gradients)}, optimizer ${showBytes(memory.optimizer)}); ${formatCount(parameters.trained)} of ${formatCount(parameters.total)} parameters train`,
    `FLOPs by the example, at full lengths: ${formatFlops(flops?.prediction)} of a prediction, ${formatFlops(flops?.training)} of a training step`,
    `runs: ${states.join('; ')}`,
  ].join('\n');
}

/** `41,842,204` */
function exact(count: number): string {
  return count.toLocaleString('en-GB');
}
