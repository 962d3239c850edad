/** Runs trials through a launcher, after the stages that they start with. */
import { join } from 'node:path';
import type { RunPlan } from '../experiment/plan.js';
import { stagesOf } from '../experiment/stages-of.js';
import { has } from '../run/run-folder.js';
import { exitCodes, showFailure } from '../show-error.js';
import type { Terminal } from '../terminal.js';
import type { Launcher } from '../workers/launcher.js';
import type { RunRequest } from '../workers/messages.js';
import { showProgress } from '../workers/progress.js';
import { showPoint } from './space.js';
import type { Trial } from './trials.js';

export interface TrialExecution {
  /** Of what they are trials. */
  readonly name: string;
  /** The column that chooses epochs. */
  readonly select: string;
  readonly launcher: Launcher;
  readonly quiet: boolean;
  readonly terminal: Terminal;
  readonly signal: AbortSignal;
}

interface OpenRun {
  readonly trial: Trial;
  readonly run: RunPlan;
}

/**
 * Runs what is not there yet; a training that diverges is a bad trial, and no failure, unless it is a stage.
 *
 * @returns the exit code if not all are done; the reason has been shown
 */
export async function executeTrials(
  trials: readonly Trial[],
  { name: strategy, select, launcher, quiet, terminal, signal }: TrialExecution,
): Promise<number | undefined> {
  const wanted = trials.flatMap((trial) => [...stagesOf(trial.runs), ...trial.runs].map((run) => ({ trial, run })));
  const open = new Map<string, OpenRun>(
    wanted.filter(({ run }) => !has(run.folder, 'trial')).map((each) => [each.run.name, each]),
  );
  if (open.size === 0) return undefined;
  const threads = launcher.threadsFor(open.size);
  const requests = [...open.values()].map((each) => requestOf(each, threads));
  const label = ({ name, seed, stage }: RunRequest) => {
    const { trial } = open.get(name) as OpenRun;
    const what = stage === undefined ? `${showPoint(trial.point)}, ${trial.epochs} epochs` : `stage ${stage}`;
    return `${strategy}, ${what}, seed ${seed}`;
  };
  const display = showProgress({ terminal, quiet, total: open.size, label, column: select });
  const folder = (trials[0] as Trial).experiment.outputFolder;
  const isDone = (name: string) => has(join(folder, name), 'trial');
  const ends = await launcher
    .runAll(requests, { folder, isDone, signal, listener: display })
    .finally(() => display.close());
  if (signal.aborted) {
    terminal.error.write('\nStopped. To resume, run the same command again.\n');
    return exitCodes.interrupted;
  }
  const failures = ends.flatMap(({ failure }, index) => {
    const isBadTrial = failure?.code === 'TRAINING_DIVERGED' && requests[index]?.stage === undefined;
    // Of a stage that failed its own failure is told, and not that of all that need it.
    return failure === undefined || isBadTrial || failure.code === 'STAGE_FAILED' ? [] : [failure];
  });
  return failures.length === 0 ? undefined : Math.min(...failures.map((failure) => showFailure(failure, terminal)));
}

function requestOf({ trial, run }: OpenRun, threads: number): RunRequest {
  const { strategy, seed, name, warmStarts } = run;
  return {
    experiment: trial.request,
    choice: strategy.choice,
    ...(strategy.stage === undefined ? {} : { stage: strategy.stage }),
    needs: warmStarts.flatMap(({ stage }) => stage?.name ?? []),
    seed,
    name,
    threads,
  };
}
