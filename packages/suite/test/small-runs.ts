/** The first run of `config.json` in a folder, planned or finished. */
import { type Experiment, openExperiment } from '../src/experiment/open-experiment.js';
import { planRuns, type RunPlan } from '../src/experiment/plan.js';
import { LockedPlan } from '../src/experiment/plan-lock.js';
import { executeRun } from '../src/run/execute-run.js';

const silent = { debug() {}, info() {}, warn() {} };

export async function plannedRun(
  folder: string,
  ...overrides: string[]
): Promise<{ readonly experiment: Experiment; readonly run: RunPlan }> {
  const experiment = await openExperiment({ workingFolder: folder, configFile: 'config.json', overrides }, silent);
  const [run] = (await planRuns(experiment)) as [RunPlan];
  return { experiment, run };
}

/** @throws Error if it does not finish */
export async function finishedRun(folder: string, ...overrides: string[]): Promise<RunPlan> {
  const { experiment, run } = await plannedRun(folder, ...overrides);
  const status = await executeRun(experiment, run, await LockedPlan.lock(experiment, [run]));
  if (status !== 'finished') throw new Error(`${run.name} was ${status}.`);
  await run.strategy.scope.dispose();
  return run;
}
