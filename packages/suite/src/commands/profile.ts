/** `interfuse train --profile`: where the time of one run goes, by kind of operation, as the runtime of the engine measures it. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Engine, InterfuseError, type OperationTime } from '@interfuse/core';
import { textTable } from '../comparison/table.js';
import { type ExperimentRequest, openExperiment } from '../experiment/open-experiment.js';
import type { RunPlan } from '../experiment/plan.js';
import { stagesOf } from '../experiment/stages-of.js';
import { exitCodes } from '../show-error.js';
import { type CommandContext, terminalLogger } from './context.js';
import { requireOne } from './train.js';

export interface ProfileOptions {
  /** Default: the first seed of the config. */
  readonly seed?: number;
}

/**
 * Executes the run in this process and in a folder of its own, which is removed. Ctrl-C ends it early: the table then
 * tells what was measured until then.
 * @throws COMMAND_USAGE if the config lists several strategies or language models; ENGINE_WITHOUT_PROFILER
 */
export async function profile(
  request: ExperimentRequest,
  { seed }: ProfileOptions,
  { terminal, signal }: CommandContext,
): Promise<number> {
  const output = await mkdtemp(join(tmpdir(), 'interfuse-profiled-'));
  try {
    const overrides = [...request.overrides, ...(seed === undefined ? [] : [`seeds=${seed}`]), `output=${output}`];
    const experiment = await openExperiment({ ...request, overrides }, terminalLogger(terminal));
    requireOne(experiment.config);
    // Load the tensor library, which a config with an error need not wait for.
    const { planRuns } = await import('../experiment/plan.js');
    const { LockedPlan } = await import('../experiment/plan-lock.js');
    const { executeRun } = await import('../run/execute-run.js');
    const [run] = (await planRuns(experiment)) as [RunPlan];
    const { scope } = run.strategy;
    const plan = await LockedPlan.lock(experiment, [run]);
    try {
      for (const stage of stagesOf([run])) {
        const status = await executeRun(experiment, stage, plan, { signal });
        await stage.strategy.scope.dispose();
        if (status === 'interrupted') return exitCodes.interrupted;
      }
      const takeTimes = startProfile(await scope.engine());
      const status = await executeRun(experiment, run, plan, { signal });
      terminal.out.write(`${timesTable(await takeTimes())}\n`);
      return status === 'finished' ? 0 : exitCodes.interrupted;
    } finally {
      await scope.dispose();
    }
  } finally {
    await rm(output, { recursive: true, force: true });
  }
}

function startProfile(engine: Engine): () => Promise<readonly OperationTime[]> {
  if (engine.startProfile) return engine.startProfile();
  throw new InterfuseError('ENGINE_WITHOUT_PROFILER', {
    place: 'interfuse train --profile',
    expected: 'an engine whose runtime has a profiler',
    got: `engine ${engine.id}, which has none`,
  });
}

function timesTable(times: readonly OperationTime[]): string {
  const total = times.reduce((sum, { seconds }) => sum + seconds, 0);
  const calls = times.reduce((sum, time) => sum + time.calls, 0);
  const row = (name: string, seconds: number, count: number) => [
    name,
    seconds.toFixed(3),
    `${((100 * seconds) / (total || 1)).toFixed(1)} %`,
    String(count),
  ];
  return textTable({
    columns: [
      { title: 'operation', align: 'left' },
      ...['seconds', 'share', 'calls'].map((title) => ({ title, align: 'right' }) as const),
    ],
    rows: [...times.map((time) => row(time.operation, time.seconds, time.calls)), row('all', total, calls)],
  });
}
