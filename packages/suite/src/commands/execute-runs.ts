/** Executes the runs of a plan that are not finished yet, and returns the results of all of them. */
import { join } from 'node:path';
import { slotLabels, strategyLabels } from '../comparison/strategy-labels.js';
import type { Experiment, ExperimentRequest } from '../experiment/open-experiment.js';
import type { RunPlan } from '../experiment/plan.js';
import { LockedPlan } from '../experiment/plan-lock.js';
import { describeWarmStart } from '../experiment/warm-starts.js';
import { type RunOutcome, readOutcome } from '../run/outcome.js';
import { has } from '../run/run-folder.js';
import { removeSharedStates } from '../run/shared-states.js';
import { exitCodes, showFailure } from '../show-error.js';
import { showPath } from '../show-path.js';
import type { Terminal } from '../terminal.js';
import type { Launcher, Watch } from '../workers/launcher.js';
import type { Question, RunRequest } from '../workers/messages.js';
import { showProgress } from '../workers/progress.js';
import { findOpenWork, finishedLine, type OpenWork } from './open-work.js';

export interface ExecutionSettings {
  readonly request: ExperimentRequest;
  readonly launcher: Launcher;
  readonly quiet: boolean;
  readonly signal: AbortSignal;
  readonly terminal: Terminal;
  /** Default: the ids, and what tells apart those that share one. */
  readonly labels?: RunLabels;
  /** Of the runs of the first seed, when they are finished. Default: what goes on inside. */
  readonly asks?: readonly Question[];
}

export interface FinishedRun extends RunOutcome {
  readonly run: RunPlan;
}

/** All runs finished, or the exit code that says why not; the reason has been shown. */
export type Execution = FinishedExecution | { readonly exitCode: number };

export interface FinishedExecution {
  readonly finished: readonly FinishedRun[];
  /** The runs of the stages that came before them. */
  readonly stages: readonly FinishedRun[];
  readonly labels: RunLabels;
  readonly plan: LockedPlan;
}

/** By position in the lists of the config. */
export interface RunLabels {
  readonly strategies: readonly string[];
  /** Empty unless there are several. */
  readonly backbones: readonly string[];
}

/** @throws RUN_INVALID if a finished run is damaged; ENGINE_UNAVAILABLE. No run folder has been made then. */
export async function executeRuns(
  experiment: Experiment,
  wanted: readonly RunPlan[],
  settings: ExecutionSettings,
): Promise<Execution> {
  const { launcher, signal, terminal, quiet, asks = ['inside'] } = settings;
  const { config } = experiment;
  const labels: RunLabels = settings.labels ?? {
    strategies: strategyLabels(config.fusion),
    backbones: config.languageModel.length > 1 ? slotLabels(config.languageModel) : [],
  };
  const work = await findOpenWork(wanted, asks);
  const { runs, open } = work;
  // Whether the engine starts is found out here, before any folder is made; other machines may have what this one lacks.
  if (open[0] !== undefined && launcher.id === 'local') await open[0].strategy.scope.engine();
  for (const { strategy } of runs) await strategy.scope.dispose();
  if (signal.aborted) return stopped(runs, terminal);

  const plan = await LockedPlan.lock(experiment, wanted);
  const told = finishedLine(work);
  if (!quiet && told !== undefined) terminal.error.write(`${told}\n`);
  if (open.length > 0) {
    if (!quiet) for (const line of warmStartLines(open, labels)) terminal.error.write(`${line}\n`);
    const exitCode = await execute(work, plan, labels, experiment, settings);
    if (exitCode !== undefined) return { exitCode };
  } else if (await launcher.tidy(placeOf(experiment.outputFolder))) {
    await removeSharedStates(runs);
  }
  const [finished, finishedStages] = await Promise.all(
    [wanted, work.stages].map((each) =>
      Promise.all(each.map(async (run) => ({ run, ...(await readOutcome(run.folder, run.name)) }))),
    ),
  );
  return { finished: finished as FinishedRun[], stages: finishedStages as FinishedRun[], labels, plan };
}

/** Nothing if all is done, or else the exit code. */
async function execute(
  { runs, open, questions }: OpenWork,
  plan: LockedPlan,
  labels: RunLabels,
  { config, outputFolder }: Experiment,
  { request, launcher, quiet, signal, terminal }: ExecutionSettings,
): Promise<number | undefined> {
  const threads = launcher.threadsFor(open.length);
  const requests = open.map(
    ({ strategy, seed, name, warmStarts }): RunRequest => ({
      experiment: request,
      choice: strategy.choice,
      ...(strategy.stage === undefined ? {} : { stage: strategy.stage }),
      needs: warmStarts.flatMap(({ stage }) => stage?.name ?? []),
      seed,
      plan: plan.reference,
      name,
      threads,
      asks: questions.get(name) ?? [],
    }),
  );
  const withBackbone = new Set(open.filter(({ strategy }) => strategy.usesBackbone).map(({ name }) => name));
  const label = ({ choice, stage, seed, name }: RunRequest) => {
    const backbone = withBackbone.has(name) ? labels.backbones[choice.languageModel] : undefined;
    const what = stage === undefined ? labels.strategies[choice.fusion] : `stage ${stage}`;
    return [what, ...(backbone === undefined ? [] : [backbone]), `seed ${seed}`].join(', ');
  };
  const display = showProgress({ terminal, quiet, total: open.length, label, column: config.evaluation.select });
  const place = placeOf(outputFolder);
  const ends = await launcher.runAll(requests, { ...place, signal, listener: display }).finally(() => display.close());

  const failures = ends.flatMap(({ failure }, index) => (failure === undefined ? [] : [{ failure, index }]));
  const exitCodesOfFailures = failures.map(({ failure, index }) => {
    terminal.error.write(
      `\n${label(requests[index] as RunRequest)} failed: ${showPath((open[index] as RunPlan).folder)}\n`,
    );
    return showFailure(failure, terminal);
  });
  if (signal.aborted) return stopped(runs, terminal).exitCode;
  if (ends.some(({ status }) => status === 'submitted')) {
    terminal.error.write('To wait for them and to see what they come to: the same command without --detach.\n');
    return 0;
  }
  if (failures.length === 0) {
    await removeSharedStates(runs);
    return undefined;
  }
  const finished = runs.filter(({ folder }) => has(folder, 'result')).length;
  terminal.error.write(
    `\n${finished} of ${runs.length} runs are finished. To try the others again: the same command.\n`,
  );
  return Math.min(...exitCodesOfFailures);
}

function placeOf(folder: string): Pick<Watch, 'folder' | 'isDone'> {
  return { folder, isDone: (name) => has(join(folder, name), 'result') };
}

/** What does not start as the config might make one think: once for every strategy and stage. */
function warmStartLines(open: readonly RunPlan[], labels: RunLabels): string[] {
  const strategies = new Map(open.map((run) => [run.strategy, run]));
  return [...strategies.values()].flatMap(({ strategy: { stage, choice }, warmStarts }) =>
    warmStarts.map(({ slot, report }) => {
      const what = stage === undefined ? labels.strategies[choice.fusion] : `stage ${stage}`;
      return `${what} starts with ${describeWarmStart(slot, report)}`;
    }),
  );
}

function stopped(runs: readonly RunPlan[], { error }: Terminal): { exitCode: number } {
  const finished = runs.filter(({ folder }) => has(folder, 'result')).length;
  error.write(`\nStopped: ${finished} of ${runs.length} runs are finished.\n`);
  error.write('To resume, run the same command again; each run continues from its last epoch.\n');
  return { exitCode: exitCodes.interrupted };
}
