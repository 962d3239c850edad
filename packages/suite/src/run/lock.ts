/** One process at a time works on a run. A lock names its process; that of a process which is gone is removed. */
import { randomUUID } from 'node:crypto';
import { link, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { InterfuseError } from '@interfuse/core';
import { identifyProcess, isAlive, type ProcessIdentity } from './process-identity.js';

const lockFile = 'lock';

/** Whoever was just told to stop, or was killed, is given this long to be gone. */
const patienceMilliseconds = 3000;
const pauseMilliseconds = 50;

/** A lock that is still empty belongs to a process that is just writing it, unless it is older than this. */
const writingMilliseconds = 5000;

interface Holder extends ProcessIdentity {
  readonly host: string;
}

/**
 * Takes the lock of a run folder, which must exist. Returns what gives it back.
 *
 * @param patience milliseconds to wait for a holder that is alive
 * @throws RUN_LOCKED
 */
export async function lockRun(folder: string, patience = patienceMilliseconds): Promise<() => Promise<void>> {
  const file = join(folder, lockFile);
  for (const deadline = Date.now() + patience; !(await take(file)); await pause(pauseMilliseconds)) {
    if (await removeStale(file)) continue;
    if (Date.now() >= deadline) throw await locked(folder, file);
  }
  return () => rm(file, { force: true });
}

async function take(file: string): Promise<boolean> {
  const holder: Holder = { ...(await identifyProcess(process.pid)), host: hostname() };
  try {
    await writeFile(file, `${JSON.stringify(holder)}\n`, { flag: 'wx' });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw new InterfuseError('FILE_NOT_WRITTEN', {
      place: file,
      expected: 'a folder that can be written to',
      got: error instanceof Error ? error.message : String(error),
      cause: error,
    });
  }
}

/**
 * Removes a lock whose process is gone. Of two that find it at the same time, one may come so late that it moves the
 * other's new lock instead: that one is put back.
 */
async function removeStale(file: string): Promise<boolean> {
  if (!(await isStale(file))) return false;
  const aside = `${file}.${randomUUID()}`;
  try {
    await rename(file, aside);
  } catch {
    return true;
  }
  if (!(await isStale(aside))) await link(aside, file).catch(() => undefined);
  await rm(aside, { force: true });
  return true;
}

async function isStale(file: string): Promise<boolean> {
  const holder = await readHolder(file);
  if (holder !== undefined) return holder.host === hostname() && !(await isAlive(holder));
  const found = await stat(file).catch(() => undefined);
  return found !== undefined && Date.now() - found.mtimeMs > writingMilliseconds;
}

async function readHolder(file: string): Promise<Holder | undefined> {
  try {
    return JSON.parse(await readFile(file, 'utf8')) as Holder;
  } catch {
    return undefined;
  }
}

async function locked(folder: string, file: string): Promise<InterfuseError> {
  const holder = await readHolder(file);
  return new InterfuseError('RUN_LOCKED', {
    place: folder,
    expected: 'a run that nobody works on',
    got: holder === undefined ? 'a lock' : `the lock of process ${holder.process} on ${holder.host}`,
    remedy: `Wait for that process, or stop it. If there is none, delete ${file}.`,
  });
}
