/** `interfuse compare`: every strategy with every language model and every seed, then the ranked table. */
import { budgetOf, type SpentRun } from '../comparison/budget.js';
import { type Comparison, compareStrategies } from '../comparison/comparison.js';
import type { PlanSummary } from '../comparison/plan-claims.js';
import { textReport } from '../comparison/report.js';
import { reportName } from '../comparison/report-name.js';
import { summariseStages } from '../comparison/stages.js';
import { traitsOf } from '../comparison/traits.js';
import { type Experiment, type ExperimentRequest, openExperiment } from '../experiment/open-experiment.js';
import type { RunPlan } from '../experiment/plan.js';
import type { LockedPlan } from '../experiment/plan-lock.js';
import { stagesOf } from '../experiment/stages-of.js';
import { commandLine } from '../report/command-line.js';
import { readReportData } from '../report/report-data.js';
import { writeReport } from '../report/write-report.js';
import { showPath } from '../show-path.js';
import { type CommandContext, terminalLogger } from './context.js';
import type { FinishedExecution, FinishedRun } from './execute-runs.js';
import { type LaunchOptions, openLauncher } from './open-launcher.js';

export interface CompareOptions extends LaunchOptions {
  readonly quiet: boolean;
}

export async function compare(
  request: ExperimentRequest,
  options: CompareOptions,
  { terminal, signal }: CommandContext,
): Promise<number> {
  const launcher = await openLauncher(options);
  const experiment = await openExperiment(request, terminalLogger(terminal));
  // Load the tensor library, which a config with an error need not wait for.
  const { planRuns } = await import('../experiment/plan.js');
  const { executeRuns } = await import('./execute-runs.js');
  const runs = await planRuns(experiment);
  const execution = await executeRuns(experiment, runs, {
    request,
    launcher,
    quiet: options.quiet,
    signal,
    terminal,
    asks: ['inside', 'missing', 'emap'],
  });
  if ('exitCode' in execution) return execution.exitCode;
  const comparison = compareFinished(experiment, runs, execution);
  const { out } = terminal;
  out.write(`${textReport(comparison, out.isTTY === true ? out.columns : undefined)}\n\n`);
  const { dataset, metrics } = (runs[0] as RunPlan).strategy;
  const { name, evaluation } = experiment.config;
  const data = await readReportData(
    {
      comparison,
      metrics,
      metricsId: evaluation.metrics.use,
      task: dataset.spec.task,
      reproduce: [commandLine('compare', request)],
    },
    execution.finished.map((finished) => ({ ...finished, folder: finished.run.folder })),
  );
  const reported = reportName({ name, overrides: request.overrides, runs: runs.map((run) => run.name) });
  const files = await writeReport(experiment.outputFolder, reported, data);
  out.write(`Report: ${files.map((file) => showPath(file)).join(', ')}\n`);
  return 0;
}

/** The comparison of the runs of an experiment, all finished, after the runs of `stages`. */
export function compareFinished(
  { config }: Experiment,
  runs: readonly RunPlan[],
  { finished, labels, stages, plan }: FinishedExecution,
): Comparison {
  const { dataset, metrics } = (runs[0] as RunPlan).strategy;
  const { name, referenceFigures = [] } = dataset.spec;
  const strategies = [...new Set(runs.map(({ strategy }) => strategy))].map((strategy) => {
    const own = finished.filter(({ run }) => run.strategy === strategy);
    const { choice, plugin, slot, usesBackbone } = strategy;
    const label = labels.strategies[choice.fusion] as string;
    const backbone = usesBackbone ? labels.backbones[choice.languageModel] : undefined;
    return {
      label,
      ...(backbone === undefined ? {} : { backbone }),
      ...traitsOf(plugin, slot),
      results: own.map(({ result }) => result),
      costs: own.map(({ cost }) => cost),
      ...budgetOfRuns(own, stages),
      predictions: own.map(({ predictions }) => predictions),
      introspections: own.flatMap(({ introspection }) => introspection ?? []),
      missing: own.flatMap(({ missing }) => missing ?? []),
      emaps: own.flatMap(({ emap }) => emap ?? []),
    };
  });
  return compareStrategies(
    {
      name: config.name,
      dataset: name,
      seeds: config.seeds,
      metrics,
      select: config.evaluation.select,
      ...(config.evaluation.margin === undefined ? {} : { margin: config.evaluation.margin }),
      references: referenceFigures,
      backbones: labels.backbones,
      stages: summariseStages(stages, config.evaluation.select, labels),
      plan: summaryOf(plan),
      ...(config.tuned === undefined ? {} : { trials: config.tuned.trials }),
    },
    strategies,
  );
}

function budgetOfRuns(own: readonly FinishedRun[], stages: readonly FinishedRun[]) {
  const before = own.map(({ run }) => {
    const names = stagesOf([run]).map(({ name }) => name);
    return stages.filter((stage) => names.includes(stage.run.name)).map(spentBy);
  });
  const budget = budgetOf(own.map(spentBy), before);
  return budget === undefined ? {} : { budget };
}

function spentBy({ run: { strategy }, result }: FinishedRun): SpentRun {
  const { dataset, settings } = strategy;
  return { samples: dataset.spec.sizes.train, settings, epochs: result.epochs };
}

function summaryOf({ hash, openedBefore, differs }: LockedPlan): PlanSummary {
  return { hash, openedBefore, differs };
}
