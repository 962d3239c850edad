/** Executes one run that came as data: opens its experiment again, plans it, and comes to the same name. */
import { InterfuseError, type Logger } from '@interfuse/core';
import { openExperiment } from '../experiment/open-experiment.js';
import { planRuns, planStage, type RunPlan } from '../experiment/plan.js';
import { LockedPlan } from '../experiment/plan-lock.js';
import { executeRun, executeTrial, type RunHooks } from '../run/execute-run.js';
import { askRun } from './ask-run.js';
import type { FromWorker, RunRequest, WorkerEnd } from './messages.js';

/** Progress is for the eyes: more often than this it is not told. */
const progressMilliseconds = 100;

export interface Execution {
  /** Stops after the step that runs. */
  readonly signal: AbortSignal;
  /** Hears all but the end. */
  tell(message: FromWorker): void;
}

/** @throws RUN_INVALID if it is no longer the run that was planned, and what `executeRun` throws */
export async function executeRequest(request: RunRequest, { signal, tell }: Execution): Promise<WorkerEnd> {
  const warn = (message: string) => tell({ kind: 'warning', message });
  const logger: Logger = { debug() {}, info() {}, warn };
  const experiment = await openExperiment(request.experiment, logger);
  const { choice, stage } = request;
  const runs = stage === undefined ? await planRuns(experiment, choice) : await planStage(experiment, stage, choice);
  const run = findRun(request, runs);
  const { select } = experiment.config.evaluation;
  let told = 0;
  try {
    const hooks: RunHooks = {
      signal,
      onProgress(progress) {
        const now = performance.now();
        if (now - told < progressMilliseconds && progress.step < progress.steps) return;
        told = now;
        tell({ kind: 'progress', progress });
      },
      onWait: () => warn('Another process is working on this run: its result is waited for.'),
      onEpoch: ({ epoch, valid }) => tell({ kind: 'epoch', epoch, figure: valid[select] ?? null }),
    };
    const status = await (request.plan === undefined
      ? executeTrial(experiment, run, hooks)
      : executeRun(experiment, run, await LockedPlan.open(request.plan), hooks));
    const costs = (await run.strategy.scope.engine()).costs?.();
    if (status === 'finished') await askRun(run, request.asks ?? [], { signal, warn });
    return { kind: 'end', status, ...(costs === undefined ? {} : { compileSeconds: costs.compileSeconds }) };
  } finally {
    await run.strategy.scope.dispose();
  }
}

function findRun({ seed, name }: RunRequest, runs: readonly RunPlan[]): RunPlan {
  const run = runs.find((candidate) => candidate.seed === seed);
  if (run?.name === name) return run;
  throw new InterfuseError('RUN_INVALID', {
    place: name,
    expected: 'the run that was planned',
    got: run === undefined ? 'none' : run.name,
    remedy: 'Config, data or code have changed while the comparison was going on: run the same command again.',
  });
}
