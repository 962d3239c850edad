/** A task of a job array in this process, with programs that play Slurm: what it writes, and when it asks to be started again. */
import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { writeSmallExperiment } from '../../../test/small-experiment.js';
import { openExperiment } from '../../experiment/open-experiment.js';
import { planRuns, type RunPlan } from '../../experiment/plan.js';
import { LockedPlan } from '../../experiment/plan-lock.js';
import { has } from '../../run/run-folder.js';
import type { RunRequest } from '../messages.js';
import { createArrayFolder } from './array-folder.js';
import { executeTask } from './execute-task.js';
import { FakeSlurm } from './fake-slurm.test-support.js';
import { readTaskState } from './task-state.js';

const silent = { debug() {}, info() {}, warn() {} };
const cwd = process.cwd();

let slurm: FakeSlurm;
let run: RunPlan;
let request: RunRequest;
beforeEach(async () => {
  slurm = await FakeSlurm.start();
  await writeSmallExperiment(slurm.folder, {
    fusion: { use: 'unimodal', options: { modality: 'audio' } },
    engine: 'cpu',
    seeds: 1,
  });
  const asked = { workingFolder: slurm.folder, configFile: 'config.json', overrides: [] };
  const experiment = await openExperiment(asked, silent);
  [run] = (await planRuns(experiment)) as [RunPlan];
  const { reference } = await LockedPlan.lock(experiment, [run]);
  const choice = { fusion: 0, languageModel: 0 };
  request = { experiment: asked, choice, seed: 1, plan: reference, name: run.name, threads: 1 };
  vi.stubEnv('SLURM_JOB_ID', '12');
  vi.stubEnv('SLURM_ARRAY_TASK_ID', '0');
  // The first of them loads everything.
}, 60_000);
afterEach(async () => {
  process.chdir(cwd);
  await slurm.stop();
});

const submit = (changes: Partial<RunRequest> = {}) =>
  createArrayFolder(join(slurm.folder, 'runs'), [{ ...request, ...changes }]);
const requeued = async () => (await slurm.calls('scontrol')).filter((call) => call === 'requeue 12').length;

describe('a task', () => {
  it('executes its run with the cores that it has, and writes what it comes to', async () => {
    vi.stubEnv('SLURM_CPUS_PER_TASK', '3');
    vi.stubEnv('SLURM_RESTART_COUNT', '2');
    const folder = await submit();
    expect(await executeTask(folder, new AbortController().signal)).toBe(0);
    expect(process.env.INTERFUSE_THREADS).toBe('3');
    expect(has(run.folder, 'result')).toBe(true);
    expect(await readTaskState(folder, 0)).toMatchObject({
      status: 'finished',
      restarts: 2,
      epoch: { epoch: 1, figure: expect.any(Number) },
      progress: { epoch: 1, epochs: 2 },
      warnings: [],
    });
    expect(await slurm.calls('scontrol')).toEqual([]);
  });

  it('told to stop while its job still runs asks to be started again, and not for ever', async () => {
    await slurm.set('job', 'JobId=12 JobName=interfuse JobState=RUNNING Reason=None\n');
    const folder = await submit();
    const codes: number[] = [];
    for (let start = 0; start < 3; start += 1) codes.push(await executeTask(folder, AbortSignal.abort()));
    expect(codes).toEqual([143, 143, 1]);
    expect(await requeued()).toBe(2);
    const state = await readTaskState(folder, 0);
    expect(state).toMatchObject({ status: 'failed', failure: { code: 'SLURM_JOB_ENDED' } });
    expect(state?.failure?.message).toMatch(/got +none, 3 times\n.*--time=/);
  });

  it.each(['CANCELLED', 'TIMEOUT', 'COMPLETING'])('leaves a job that is %s to Slurm', async (jobState) => {
    await slurm.set('job', `JobId=12 JobName=interfuse JobState=${jobState} Reason=None\n`);
    const folder = await submit();
    expect(await executeTask(folder, AbortSignal.abort())).toBe(143);
    expect(await requeued()).toBe(0);
    expect(await readTaskState(folder, 0)).toMatchObject({ status: 'interrupted' });
  });

  it('without what it needs fails and executes nothing', async () => {
    const folder = await submit({ needs: ['stage-s1-00000000'] });
    expect(await executeTask(folder, new AbortController().signal)).toBe(1);
    const state = await readTaskState(folder, 0);
    expect(state).toMatchObject({ status: 'failed', failure: { code: 'STAGE_FAILED' } });
    expect(state?.failure?.message).toContain('stage-s1-00000000');
    expect(await readdir(join(slurm.folder, 'runs'))).not.toContain(run.name);
  });

  it('whose folder is gone ends its run all the same', async () => {
    const folder = await submit();
    const ending = executeTask(folder, new AbortController().signal);
    while ((await readTaskState(folder, 0)) === undefined) await new Promise((resolve) => setTimeout(resolve, 1));
    await new Promise((resolve) => setTimeout(resolve, 20));
    await rm(folder, { recursive: true });
    expect(await ending).toBe(0);
    expect(has(run.folder, 'result')).toBe(true);
  });
});
