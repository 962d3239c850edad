/** Locks of run folders: one process at a time, and no lock outlives its process. */
import { spawn, spawnSync } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm, utimes, writeFile } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { identifyProcess, removeLockOf } from '@interfuse/safetensors';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { lockRun } from './lock.js';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'interfuse-lock-'));
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await rm(folder, { recursive: true });
});

const leave = (text: string) => writeFile(join(folder, 'lock'), text);

describe('a lock', () => {
  it('keeps others out until it is given back', async () => {
    const unlock = await lockRun(folder);
    await expect(lockRun(folder, { patience: 0 })).rejects.toMatchObject({ code: 'RUN_LOCKED', place: folder });
    await unlock();
    expect(await readdir(folder)).toEqual([]);
    await (await lockRun(folder))();
  });

  it('is for one of two that ask at the same time', async () => {
    const asked = await Promise.allSettled([lockRun(folder, { patience: 0 }), lockRun(folder, { patience: 0 })]);
    expect(asked.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
  });

  it('of a process that is gone is removed', async () => {
    const gone = spawnSync(process.execPath, ['--version']).pid;
    await leave(JSON.stringify({ process: gone, host: hostname() }));
    await (await lockRun(folder))();
  });

  it('of two that find the lock of a process that is gone is for one', async () => {
    const gone = spawnSync(process.execPath, ['--version']).pid;
    for (let round = 0; round < 20; round += 1) {
      await leave(JSON.stringify({ process: gone, host: hostname() }));
      const asked = await Promise.allSettled([lockRun(folder, { patience: 0 }), lockRun(folder, { patience: 0 })]);
      expect(asked.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
      expect(await readdir(folder)).toEqual(['lock']);
    }
  });

  it('is waited for while its process ends', async () => {
    const ending = spawn(process.execPath, ['-e', 'setTimeout(() => {}, 300)'], { stdio: 'ignore' });
    await leave(JSON.stringify({ process: ending.pid, host: hostname() }));
    await (await lockRun(folder))();
  });

  it.runIf(process.platform === 'linux')('of a process whose id another one has now is removed', async () => {
    const { began } = await identifyProcess(process.pid);
    await leave(JSON.stringify({ process: process.pid, began: `${began}0`, host: hostname() }));
    await (await lockRun(folder, { patience: 0 }))();
  });

  it.runIf(process.platform === 'linux')('of a killed process that nobody has waited for is removed', async () => {
    // The shell leaves its child unwaited for: a zombie, whose id still answers.
    const parent = spawn('sh', ['-c', 'sleep 0 & echo $!; exec sleep 60'], { stdio: ['ignore', 'pipe', 'ignore'] });
    try {
      const id = Number(await new Promise((resolve) => parent.stdout.once('data', resolve)));
      await leave(JSON.stringify({ process: id, host: hostname() }));
      await (await lockRun(folder))();
    } finally {
      parent.kill();
    }
  });

  it('of another machine is respected: nobody here knows whether its process lives', async () => {
    await leave(JSON.stringify({ process: 1, host: `not-${hostname()}` }));
    await expect(lockRun(folder, { patience: 0 })).rejects.toThrow(
      /the lock of process 1 on not-.*\n.*If there is none, delete/,
    );
  });

  it('of an earlier start of the same job of Slurm is removed, wherever that was', async () => {
    // What Slurm sets for the second start of a task of an array.
    vi.stubEnv('SLURM_JOB_ID', '12');
    vi.stubEnv('SLURM_ARRAY_JOB_ID', '10');
    vi.stubEnv('SLURM_ARRAY_TASK_ID', '2');
    vi.stubEnv('SLURM_RESTART_COUNT', '1');
    const elsewhere = { process: 1, host: `not-${hostname()}` };
    for (const other of [
      { job: '10_2', restarts: 1 },
      { job: '10_3', restarts: 0 },
    ]) {
      await leave(JSON.stringify({ ...elsewhere, ...other }));
      await expect(lockRun(folder, { patience: 0 })).rejects.toMatchObject({ code: 'RUN_LOCKED' });
    }
    await leave(JSON.stringify({ ...elsewhere, job: '10_2', restarts: 0 }));
    const unlock = await lockRun(folder, { patience: 0 });
    expect(JSON.parse(await readFile(join(folder, 'lock'), 'utf8'))).toMatchObject({ job: '10_2', restarts: 1 });
    await unlock();
  });

  it('of a job that is over is removed by whoever knows', async () => {
    await leave(JSON.stringify({ process: 1, host: `not-${hostname()}`, job: '10_2', restarts: 0 }));
    await removeLockOf('10_3', join(folder, 'lock'));
    expect(await readdir(folder)).toEqual(['lock']);
    await removeLockOf('10_2', join(folder, 'lock'));
    expect(await readdir(folder)).toEqual([]);
  });

  it('that was never completed is respected only while it may still be', async () => {
    await leave('');
    await expect(lockRun(folder, { patience: 0 })).rejects.toMatchObject({ code: 'RUN_LOCKED' });
    await utimes(join(folder, 'lock'), 0, 0);
    await (await lockRun(folder))();
  });
});
