/** What the commands share that compute with a finished run: they open it, say what has changed, and leave nothing open. */
import { resolve } from 'node:path';
import type { Engine } from '@interfuse/core';
import type { Experiment } from '../experiment/open-experiment.js';
import type { RunPlan } from '../experiment/plan.js';
import { openFinishedRun } from '../run/open-run.js';
import { type RunResult, readResult } from '../run/result.js';
import { openRunData, type RunData } from '../run/run-data.js';
import { exitCodes } from '../show-error.js';
import { type CommandContext, terminalLogger } from './context.js';

export interface FinishedRun {
  /** Absolute path of the run folder. */
  readonly folder: string;
  readonly experiment: Experiment;
  readonly run: RunPlan;
  readonly result: RunResult;
  /** Parts of its identity that are no longer what they were. */
  readonly changed: readonly string[];
  readonly engine: Engine;
  readonly data: RunData;
}

/** @returns the exit code: 0, or that of an interruption. @throws RUN_INVALID if the run is not finished, and what `use` throws */
export async function withFinishedRun(
  path: string,
  { terminal, workingFolder, signal }: CommandContext,
  use: (finished: FinishedRun) => Promise<void>,
): Promise<number> {
  const folder = resolve(workingFolder, path);
  const { experiment, run, changed } = await openFinishedRun(folder, terminalLogger(terminal));
  const result = await readResult(folder, run.name);
  if (changed.length > 0) terminal.error.write(`Changed since this run was made: ${changed.join(', ')}.\n`);
  const { scope } = run.strategy;
  const engine = await scope.engine();
  const data = openRunData(run, engine);
  try {
    await use({ folder, experiment, run, result, changed, engine, data });
    return 0;
  } catch (error) {
    if (signal.aborted && error === signal.reason) return exitCodes.interrupted;
    throw error;
  } finally {
    await data.close();
    await scope.dispose();
  }
}
