/** Runs as job arrays, with programs that play Slurm: what is asked of it, and what is made of its answers. */
import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { RunEnd } from '../launch-worker.js';
import type { Watch } from '../launcher.js';
import type { RunRequest } from '../messages.js';
import { readRequest } from './array-folder.js';
import { FakeSlurm } from './fake-slurm.test-support.js';
import { slurmLauncher } from './slurm-launcher.js';
import { type TaskState, writeTaskState } from './task-state.js';

let slurm: FakeSlurm;
let output: string;
let done: Set<string>;
let heard: string[];
let stop: AbortController;
beforeEach(async () => {
  slurm = await FakeSlurm.start();
  output = join(slurm.folder, 'runs');
  await mkdir(output);
  done = new Set();
  heard = [];
  stop = new AbortController();
});
afterEach(() => slurm.stop());

const run = (name: string, ...needs: string[]): RunRequest => ({
  experiment: { workingFolder: '/', overrides: [] },
  choice: { fusion: 0, languageModel: 0 },
  seed: 1,
  name,
  needs,
  threads: 2,
});

const watch = (): Watch => ({
  folder: output,
  signal: stop.signal,
  isDone: (name) => done.has(name),
  listener: {
    started: ({ name }) => heard.push(`${name} started`),
    said: ({ name }, message) => {
      if (message.kind === 'warning') heard.push(`${name}: ${message.message}`);
      if (message.kind === 'epoch') heard.push(`${name} epoch ${message.epoch}`);
    },
    ended: ({ name }, { status }) => heard.push(`${name} ${status}`),
    noted: (message) => heard.push(message),
  },
});

const pace = { files: 5, queue: 10, queueAtMost: 20, arrival: 60_000 };

function launch(
  requests: readonly RunRequest[],
  settings: { readonly options?: string[]; readonly jobs?: number; readonly detach?: boolean } = {},
): Promise<RunEnd[]> {
  return slurmLauncher({ options: [], detach: false, pace, ...settings }).runAll(requests, watch());
}

/** What the task of an array says; where it has finished, its result is there, unless it is yet to arrive. */
async function say(array: number, task: number, state: Partial<TaskState>, hasArrived = true): Promise<void> {
  const [folder] = (await until(async () => {
    const found = (await slurm.arrays())[array];
    return found === undefined ? undefined : [found];
  })) as [string];
  const usual = { status: 'running', restarts: 0, machine: 'node-1', warnings: [], fruitless: 0 } as const;
  if (state.status === 'finished' && hasArrived) done.add((await readRequest(folder, task)).name);
  await writeTaskState(folder, task, { ...usual, ...state });
}

const arraysLeft = async () => (existsSync(join(output, '.slurm')) ? readdir(join(output, '.slurm')) : []);

async function until<T>(look: () => Promise<T | undefined | false>): Promise<T> {
  for (;;) {
    const found = await look();
    if (found !== undefined && found !== false) return found;
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

const hears = (line: string) => until(async () => heard.includes(line));

describe('runs', () => {
  it('are submitted as one array for those that need nothing, and one that waits for it', async () => {
    const requests = [run('a', 'stage-1'), run('stage-1'), run('b', 'stage-2'), run('stage-2'), run('c', 'elsewhere')];
    const ends = await launch(requests, { detach: true, jobs: 3, options: ['--mem=8G', '--job-name=mine'] });
    expect(ends.map(({ status }) => status)).toEqual(Array(5).fill('submitted'));
    const [first, second, ...others] = await slurm.calls('sbatch');
    expect(others).toEqual([]);
    expect(first).toMatch(/--array=0-2%3 .*--requeue .*--mem=8G --job-name=mine .*\/task\.sh$/);
    expect(first).not.toContain('--dependency');
    expect(second).toMatch(/--array=0-1%3 --dependency=afterany:100 /);
    const [stages, rest] = await Promise.all(
      (await slurm.arrays()).map(async (folder) => JSON.parse(await readFile(join(folder, 'requests.json'), 'utf8'))),
    );
    expect(stages).toEqual([requests[1], requests[3], requests[4]]);
    expect(rest).toEqual([requests[0], requests[2]]);
    expect(heard).toEqual(['Submitted 3 runs to Slurm: job 100.', 'Submitted 2 runs to Slurm: job 101.']);
  });

  it('are more than one array where they are more than an array holds', async () => {
    await launch([...Array.from({ length: 1001 }, (_, i) => run(`a${i}`)), run('b', 'a0', 'a1000')], { detach: true });
    const arrays = (await slurm.calls('sbatch')).map((call) => /--array=\S+(?: --dependency=\S+)?/.exec(call)?.[0]);
    expect(arrays).toEqual(['--array=0-999', '--array=0-0', '--array=0-0 --dependency=afterany:100:101']);
  });

  it('end as their tasks write, and what the tasks say is heard', async () => {
    await slurm.set('queue', '100|0|RUNNING|None\n100|1|RUNNING|None\n');
    const ends = launch([run('a'), run('b')]);
    await say(0, 1, { warnings: ['take care'], epoch: { epoch: 4, figure: 0.5 } });
    await hears('b epoch 4');
    await say(0, 1, { warnings: ['take care'], restarts: 1, machine: 'node-2' });
    await hears('b: Slurm has started it again, on node-2: it goes on from its last epoch.');
    await say(0, 1, { status: 'finished', restarts: 1 });
    await hears('b finished');
    await say(0, 0, { status: 'failed', failure: { code: 'TRAINING_DIVERGED', message: 'diverged' } });
    expect(await ends).toEqual([
      { status: 'failed', failure: { code: 'TRAINING_DIVERGED', message: 'diverged' } },
      { status: 'finished' },
    ]);
    expect(heard.filter((line) => line === 'b: take care')).toHaveLength(1);
    expect(heard.slice(-3)).toEqual(['b finished', 'a started', 'a failed']);
    expect(await arraysLeft()).toEqual([]);
  });

  it('are not over before their results have arrived from the machine that wrote them', async () => {
    const ends = launch([run('a'), run('b')]);
    await say(0, 0, { status: 'finished' }, false);
    await say(0, 1, { status: 'finished' });
    await hears('b finished');
    await until(async () => (await slurm.calls('squeue')).length > 3);
    expect(heard).not.toContain('a finished');
    done.add('a');
    expect(await ends).toEqual([{ status: 'finished' }, { status: 'finished' }]);
  });

  it('that Slurm ends are errors of those runs, with its word for it and what to do', async () => {
    const states = ['OUT_OF_MEMORY', 'TIMEOUT', 'NODE_FAIL', 'CANCELLED'];
    await slurm.set('queue', states.map((state, task) => `100|${task}|${state}|None\n`).join(''));
    const ends = launch([...states.map((state) => run(state)), run('well')]);
    await say(0, 4, { status: 'finished' });
    const failures = (await ends).map(({ failure }) => failure);
    expect(failures.map((failure) => failure?.code)).toEqual([...Array(4).fill('SLURM_JOB_ENDED'), undefined]);
    expect(failures[0]?.message).toMatch(
      /OUT_OF_MEMORY, job 100_0\n[\s\S]*got +OUT_OF_MEMORY\n[\s\S]*more memory: .*--mem/,
    );
    expect(failures[1]?.message).toMatch(/got +TIMEOUT\n[\s\S]*--time=/);
    expect(failures[2]?.message).toMatch(/got +NODE_FAIL\n[\s\S]*goes on from its last epoch/);
  });

  it('that crash are told with what they have printed', async () => {
    await slurm.set('queue', '100|0|FAILED|NonZeroExitCode\n');
    const ends = launch([run('a')]);
    await say(0, 0, {});
    await writeFile(join((await slurm.arrays())[0] as string, '0.log'), 'Segmentation fault\n');
    expect(await ends).toEqual([
      {
        status: 'failed',
        failure: { message: 'Job 100_0 ended (FAILED) before its run was over.\nSegmentation fault' },
      },
    ]);
  });

  it('that Slurm has forgotten are finished if their folder says so, and else what the accounting says', async () => {
    done.add('a');
    await slurm.set('accounts', 'CANCELLED by 1000\n');
    const [a, b] = await launch([run('a'), run('b')]);
    expect(a).toEqual({ status: 'finished' });
    expect(b?.failure?.message).toMatch(/got +CANCELLED\n/);
    await slurm.set('accounts', undefined);
    const [c] = await launch([run('c')]);
    expect(c?.failure?.message).toContain('no longer known to Slurm');
  });

  it('outlast a Slurm that does not answer for a while', async () => {
    await slurm.set('silence', '');
    const ends = launch([run('a')]);
    await until(async () => (await slurm.calls('squeue')).length > 3);
    await say(0, 0, { status: 'finished' });
    expect(await ends).toEqual([{ status: 'finished' }]);
  });

  it('that wait for a reason that somebody can do something about say so once', async () => {
    await slurm.set('queue', '100|0|PENDING|PartitionTimeLimit\n100|1|PENDING|PartitionTimeLimit\n');
    const ends = launch([run('a'), run('b')]);
    await until(async () => (await slurm.calls('squeue')).length > 3);
    for (const task of [0, 1]) await say(0, task, { status: 'finished' });
    await ends;
    expect(heard.filter((line) => line.includes('PartitionTimeLimit'))).toEqual([
      'Slurm lets 2 runs wait: PartitionTimeLimit.',
    ]);
  });

  it('leave no lock behind where their machine has failed', async () => {
    await slurm.set('queue', '100|0|NODE_FAIL|None\n');
    const shared = join(output, '.shared', '0f', 'train.lock');
    const foreign = join(output, 'b', 'lock');
    for (const folder of ['a', 'b', '.shared/0f']) await mkdir(join(output, folder), { recursive: true });
    const lock = (job: string) => JSON.stringify({ process: 1, host: 'node-1', job, restarts: 0 });
    for (const file of [join(output, 'a', 'lock'), shared]) await writeFile(file, lock('100_0'));
    await writeFile(foreign, lock('99_0'));
    await launch([run('a')]);
    expect([join(output, 'a', 'lock'), shared, foreign].map((file) => existsSync(file))).toEqual([false, false, true]);
  });

  it('are all refused if some are', async () => {
    await slurm.set('refusal', '101');
    await expect(launch([run('stage'), run('a', 'stage')])).rejects.toMatchObject({
      code: 'SLURM_REFUSED',
      got: 'sbatch: error: Invalid partition',
    });
    expect(await slurm.calls('scancel')).toEqual(['100']);
    expect(await arraysLeft()).toEqual([]);
  });
});

describe('Ctrl-C', () => {
  it('cancels what was submitted, and the next time all is submitted anew', async () => {
    await slurm.set('queue', '100|0|RUNNING|None\n');
    const ends = launch([run('a')]);
    await say(0, 0, {});
    await hears('a started');
    stop.abort();
    expect(await ends).toEqual([{ status: 'interrupted' }]);
    expect(await slurm.calls('scancel')).toEqual(['100']);

    stop = new AbortController();
    await slurm.set('queue', '100|0|CANCELLED|None\n');
    const again = launch([run('a')]);
    await say(1, 0, { status: 'finished' });
    expect(await again).toEqual([{ status: 'finished' }]);
    expect(await slurm.calls('sbatch')).toHaveLength(2);
    expect(await arraysLeft()).toEqual([]);
  });
});

describe('runs that an earlier command has submitted', () => {
  beforeEach(async () => {
    await launch([run('a'), run('b')], { detach: true });
    heard = [];
  });

  it('are waited for, and not submitted twice', async () => {
    await slurm.set('queue', '100|0|RUNNING|None\n100|1|PENDING|Priority\n');
    const ends = launch([run('a'), run('b'), run('c', 'b')]);
    expect((await until(async () => (await slurm.calls('sbatch'))[1])).split(' ')).toEqual(
      expect.arrayContaining(['--array=0-0', '--dependency=afterany:100_1']),
    );
    for (const task of [0, 1]) await say(0, task, { status: 'finished' });
    await say(1, 0, { status: 'finished' });
    expect((await ends).map(({ status }) => status)).toEqual(Array(3).fill('finished'));
    expect(heard[0]).toBe('2 runs had been submitted to Slurm before.');
    expect(await arraysLeft()).toEqual([]);
  });

  it('go on when whoever waits for them stops waiting', async () => {
    await slurm.set('queue', '100|0|RUNNING|None\n100|1|RUNNING|None\n');
    const ends = launch([run('a'), run('b')]);
    await hears('2 runs had been submitted to Slurm before.');
    stop.abort();
    expect(await ends).toEqual([{ status: 'interrupted' }, { status: 'interrupted' }]);
    expect(await slurm.calls('scancel')).toEqual([]);
    expect(heard.at(-1)).toBe('What was submitted before goes on. To end that, too: scancel 100');
  });

  it('and have failed are told once, and tried again the next time', async () => {
    await say(0, 0, { status: 'failed', failure: { message: 'no luck' } });
    await slurm.set('queue', '100|0|FAILED|NonZeroExitCode\n100|1|OUT_OF_MEMORY|None\n');
    const [a, b] = await launch([run('a'), run('b')]);
    expect(a).toEqual({ status: 'failed', failure: { message: 'no luck' } });
    expect(b?.failure?.code).toBe('SLURM_JOB_ENDED');
    expect(await slurm.calls('sbatch')).toHaveLength(1);
    await launch([run('a'), run('b')], { detach: true });
    expect(await slurm.calls('sbatch')).toHaveLength(2);
  });

  it('and were cancelled by hand are submitted anew', async () => {
    await slurm.set('queue', '100|0|CANCELLED|None\n100|1|RUNNING|None\n');
    await launch([run('a'), run('b')], { detach: true });
    expect((await slurm.calls('sbatch'))[1]).toContain('--array=0-0 ');
    expect(heard).toEqual(['1 run had been submitted to Slurm before.', 'Submitted 1 run to Slurm: job 101.']);
  });

  it('and have finished meanwhile leave nothing behind, even if nobody asks for them any more', async () => {
    const { tidy } = slurmLauncher({ options: [], detach: false, pace });
    await slurm.set('queue', '100|0|COMPLETED|None\n100|1|RUNNING|None\n');
    for (const name of ['a', 'b']) done.add(name);
    expect(await tidy(watch())).toBe(true);
    expect(await arraysLeft()).toHaveLength(1);
    await slurm.set('silence', '');
    expect(await tidy(watch())).toBe(true);
    expect(await arraysLeft()).toHaveLength(1);
    await slurm.set('silence', undefined);
    await slurm.set('queue', '');
    expect(await tidy(watch())).toBe(true);
    expect(await readdir(output)).toEqual([]);
    expect(await tidy(watch())).toBe(false);
  });

  it('are not guessed at: where Slurm does not answer, nothing is submitted', async () => {
    await slurm.set('silence', '');
    await expect(launch([run('a'), run('b')])).rejects.toMatchObject({ code: 'SLURM_REFUSED', got: 'no answer' });
    expect(await slurm.calls('sbatch')).toHaveLength(1);
  });
});
