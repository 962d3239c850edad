/** `interfuse train`: one strategy and one language model, with every seed of the config or with one. */
import { didYouMean, type EffectiveConfig, InterfuseError, type MetricColumn, type Slot } from '@interfuse/core';
import { stageConfig } from '@interfuse/core/config';
import { formatFigure } from '../comparison/format.js';
import { textTable } from '../comparison/table.js';
import { type ExperimentRequest, openExperiment } from '../experiment/open-experiment.js';
import type { RunPlan } from '../experiment/plan.js';
import { showPath } from '../show-path.js';
import { type CommandContext, terminalLogger } from './context.js';
import { type LaunchOptions, openLauncher } from './open-launcher.js';

export interface TrainOptions extends LaunchOptions {
  /** Default: every seed of the config. */
  readonly seed?: number;
  /** Only this stage of the config, rather than its strategy. */
  readonly stage?: string;
  readonly quiet: boolean;
}

/** @throws COMMAND_USAGE if the config lists several strategies or language models, or has no such stage */
export async function train(
  written: ExperimentRequest,
  { seed, stage, ...options }: TrainOptions,
  { terminal, signal }: CommandContext,
): Promise<number> {
  const launcher = await openLauncher(options);
  const overrides = seed === undefined ? written.overrides : [...written.overrides, `seeds=${seed}`];
  const request = { ...written, overrides };
  const experiment = await openExperiment(request, terminalLogger(terminal));
  const { config } = experiment;
  if (stage !== undefined) requireStage(config, stage);
  requireOne(stage === undefined ? config : stageConfig(config, stage));
  // Load the tensor library, which a config with an error need not wait for.
  const { planRuns, planStage } = await import('../experiment/plan.js');
  const { executeRuns } = await import('./execute-runs.js');
  const runs = await (stage === undefined ? planRuns(experiment) : planStage(experiment, stage));
  const execution = await executeRuns(experiment, runs, { request, launcher, quiet: options.quiet, signal, terminal });
  if ('exitCode' in execution) return execution.exitCode;

  const { columns } = (runs[0] as RunPlan).strategy.metrics;
  const show = (figures: Readonly<Record<string, number>>, column: MetricColumn) =>
    formatFigure(figures[column.name] ?? Number.NaN, column);
  const table = textTable({
    columns: [
      { title: 'seed', align: 'right' },
      { title: 'epoch', align: 'right' },
      { title: 'split', align: 'left' },
      ...columns.map(({ name }) => ({ title: name, align: 'right' }) as const),
      { title: 'run folder', align: 'left' },
    ],
    rows: execution.finished.flatMap(({ run, result }) =>
      (['valid', 'test'] as const).map((split) => [
        String(run.seed),
        String(result.selected.epoch + 1),
        split,
        ...columns.map((column) => show(result[split], column)),
        showPath(run.folder),
      ]),
    ),
  });
  terminal.out.write(`${table}\n`);
  return 0;
}

function requireStage({ stages }: EffectiveConfig, name: string): void {
  if (Object.hasOwn(stages, name)) return;
  const names = Object.keys(stages);
  throw new InterfuseError('COMMAND_USAGE', {
    place: 'interfuse train --stage',
    expected: names.length === 0 ? 'a config with stages' : `a stage: ${names.join(', ')}`,
    got: `"${name}"`,
    remedy: didYouMean(name, names) ?? 'Declare it under `stages:` in the config, or leave --stage out.',
  });
}

/** @throws COMMAND_USAGE */
export function requireOne({ fusion, languageModel }: EffectiveConfig): void {
  const several = (what: string, slots: readonly Slot[], choice: string) =>
    new InterfuseError('COMMAND_USAGE', {
      place: 'interfuse train',
      expected: `a config with one ${what}`,
      got: `${slots.length}: ${slots.map(({ use }) => use).join(', ')}`,
      remedy: `Choose one with ${choice}, or run \`interfuse compare\`.`,
    });
  if (fusion.length > 1) throw several('strategy', fusion, 'fusion.use=<id>');
  if (languageModel.length > 1) {
    const choice = "languageModel.use=<id> or 'languageModel={use: <id>, options: {checkpoint: <name>}}'";
    throw several('language model', languageModel, choice);
  }
}
