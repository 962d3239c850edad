/** One process at a time, by a file that names it. The lock of a process that is gone is removed. */
import { randomUUID } from 'node:crypto';
import { link, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { setTimeout as pause } from 'node:timers/promises';
import { InterfuseError } from '@interfuse/core';
import { identifyJob, isEarlierStart, type JobIdentity } from './job-identity.js';
import { identifyProcess, isAlive, type ProcessIdentity } from './process-identity.js';

const pauseMilliseconds = 50;

/** A lock that is still empty belongs to a process that is just writing it, unless it is older than this. */
const writingMilliseconds = 5000;

export interface LockHolder extends ProcessIdentity, Partial<JobIdentity> {
  readonly host: string;
}

export interface LockSettings {
  /** Milliseconds to wait for a holder that is alive. */
  readonly patience: number;
  /** Ends the waiting; what it was aborted with is thrown. */
  readonly signal?: AbortSignal;
  /** What to throw when the patience is over; without a holder, the lock says nothing that can be read. */
  held(holder: LockHolder | undefined): Error;
}

/**
 * Makes the file, in a folder that must exist. Returns what removes it again.
 * @throws FILE_NOT_WRITTEN, and what `held` gives
 */
export async function lockFile(file: string, settings: LockSettings): Promise<() => Promise<void>> {
  const { patience, signal, held } = settings;
  for (const deadline = Date.now() + patience; !(await take(file)); await pause(pauseMilliseconds)) {
    signal?.throwIfAborted();
    if (await removeStale(file)) continue;
    if (Date.now() >= deadline) throw held(await readHolder(file));
  }
  return () => rm(file, { force: true });
}

/** Removes the lock of a job that is over, wherever it ran. @param job as `identifyJob` names it */
export async function removeLockOf(job: string, file: string): Promise<void> {
  if ((await readHolder(file))?.job === job) await rm(file, { force: true });
}

async function take(file: string): Promise<boolean> {
  const holder: LockHolder = { ...(await identifyProcess(process.pid)), host: hostname(), ...identifyJob() };
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
  if (holder !== undefined) return isEarlierStart(holder) || (holder.host === hostname() && !(await isAlive(holder)));
  const found = await stat(file).catch(() => undefined);
  return found !== undefined && Date.now() - found.mtimeMs > writingMilliseconds;
}

async function readHolder(file: string): Promise<LockHolder | undefined> {
  try {
    return JSON.parse(await readFile(file, 'utf8')) as LockHolder;
  } catch {
    return undefined;
  }
}
