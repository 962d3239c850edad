/** What each strategy was given: an equal budget is the same examples, the same optimizer updates, the same tuning. */
import type { TrainingSettings } from '@interfuse/core';
import { mean } from '@interfuse/statistics';
import { epochLength } from '@interfuse/training';
import type { FlopCounts } from '../run/flop-counts.js';
import { formatCount, formatFlops } from './format.js';
import { nameOf } from './name-of.js';
import type { Table } from './table.js';

export type BudgetSettings = Pick<TrainingSettings, 'epochs' | 'batchSize' | 'accumulate'>;

export interface Budget {
  /** What bounds a run; `epochs` are those that it has at most. */
  readonly settings: BudgetSettings;
  /** Training examples in the updates of a run, each as often as it was there; mean over seeds. */
  readonly examples: number;
  /** Optimizer updates of a run; mean over seeds. */
  readonly updates: number;
  /** The examples of the stages that came before it, if any did; mean over seeds. */
  readonly stageExamples?: number;
}

export interface SpentRun {
  /** Of the training split. */
  readonly samples: number;
  readonly settings: TrainingSettings;
  /** Epochs that were trained. */
  readonly epochs: number;
}

/** @param runs of one strategy, by seed; @param stages the runs that came before each of them */
export function budgetOf(runs: readonly SpentRun[], stages: readonly (readonly SpentRun[])[]): Budget | undefined {
  const [first] = runs;
  if (first === undefined) return undefined;
  const { epochs, batchSize, accumulate } = first.settings;
  const before = mean(stages.map((each) => each.reduce((sum, stage) => sum + examplesOf(stage), 0)));
  return {
    settings: { epochs, batchSize, accumulate },
    examples: mean(runs.map(examplesOf)),
    updates: mean(runs.map((run) => run.epochs * epochLength(run.samples, run.settings).updates)),
    ...(before > 0 ? { stageExamples: before } : {}),
  };
}

function examplesOf({ samples, settings, epochs }: SpentRun): number {
  const { batches, dropped } = epochLength(samples, settings);
  return epochs * Math.min(samples, (batches - dropped) * settings.batchSize);
}

interface Budgeted {
  readonly label: string;
  readonly backbone?: string;
  readonly budget?: Budget;
  readonly flops?: FlopCounts;
}

/** Nothing if all were given the same; a run may stop early of its own accord. */
export function budgetClaims(strategies: readonly Budgeted[]): string[] {
  const given = strategies.flatMap(({ budget, ...strategy }) => (budget ? [{ name: nameOf(strategy), budget }] : []));
  const byBudget = new Map<string, string[]>();
  for (const { name, budget } of given) {
    const { epochs, batchSize, accumulate } = budget.settings;
    const said = `${epochs} epochs at most, batches of ${batchSize}${accumulate === 1 ? '' : ` times ${accumulate}`}`;
    byBudget.set(said, [...(byBudget.get(said) ?? []), name]);
  }
  const withStages = given.filter(({ budget }) => budget.stageExamples !== undefined);
  const groups = [...byBudget].map(([said, names]) => `${names.join(', ')}: ${said}`);
  return [
    ...(byBudget.size < 2
      ? []
      : [
          `Not of equal budget (${groups.join('; ')}). Set training.epochs, training.batchSize and training.accumulate to give all the same.`,
        ]),
    ...(withStages.length === 0 || withStages.length === given.length
      ? []
      : [
          `Not of equal budget: only ${withStages.map(({ name }) => name).join(', ')} had stages before (${formatCount(withStages[0]?.budget.stageExamples as number)} examples more).`,
        ]),
  ];
}

/** Nothing if no budget is known. */
export function budgetTable(strategies: readonly Budgeted[], trials: number): Table | undefined {
  const isCounted = strategies.some(({ flops }) => flops !== undefined);
  const counted = (...texts: string[]) => (isCounted ? texts : []);
  const rows = strategies.flatMap(({ budget, flops, ...strategy }) =>
    budget === undefined
      ? []
      : [
          [
            nameOf(strategy),
            String(budget.settings.epochs),
            String(Math.round(budget.examples)),
            String(Math.round(budget.updates)),
            String(Math.round(budget.stageExamples ?? 0)),
            String(trials),
            ...counted(formatFlops(flops?.training), formatFlops(flops && flops.training * budget.examples)),
          ],
        ],
  );
  if (rows.length === 0) return undefined;
  const titles = [
    ...['epochs at most', 'examples seen', 'optimizer updates', 'examples of stages', 'tuning trials'],
    ...counted('FLOPs / example trained', 'FLOPs of training'),
  ];
  return {
    columns: [{ title: 'strategy', align: 'left' }, ...titles.map((title) => ({ title, align: 'right' }) as const)],
    rows,
  };
}
