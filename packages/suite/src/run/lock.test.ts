/** Locks of run folders: one process at a time, and no lock outlives its process. */
import { spawnSync } from 'node:child_process';
import { mkdtemp, readdir, rm, utimes, writeFile } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { lockRun } from './lock.js';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'interfuse-lock-'));
});
afterEach(() => rm(folder, { recursive: true }));

const leave = (text: string) => writeFile(join(folder, 'lock'), text);

describe('a lock', () => {
  it('keeps others out until it is given back', async () => {
    const unlock = await lockRun(folder);
    await expect(lockRun(folder)).rejects.toMatchObject({ code: 'RUN_LOCKED', place: folder });
    await unlock();
    expect(await readdir(folder)).toEqual([]);
    await (await lockRun(folder))();
  });

  it('is for one of two that ask at the same time', async () => {
    const asked = await Promise.allSettled([lockRun(folder), lockRun(folder)]);
    expect(asked.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
  });

  it('of a process that is gone is removed', async () => {
    const gone = spawnSync(process.execPath, ['--version']).pid;
    await leave(JSON.stringify({ process: gone, host: hostname() }));
    await (await lockRun(folder))();
  });

  it('of another machine is respected: nobody here knows whether its process lives', async () => {
    await leave(JSON.stringify({ process: 1, host: `not-${hostname()}` }));
    await expect(lockRun(folder)).rejects.toThrow(/the lock of process 1 on not-.*\n.*If there is none, delete/);
  });

  it('that was never completed is respected only while it may still be', async () => {
    await leave('');
    await expect(lockRun(folder)).rejects.toMatchObject({ code: 'RUN_LOCKED' });
    await utimes(join(folder, 'lock'), 0, 0);
    await (await lockRun(folder))();
  });
});
