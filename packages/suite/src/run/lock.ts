/** One process at a time works on a run. A lock names its process; that of a process which is gone is removed. */
import { readFile, rm, stat, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { InterfuseError } from '@interfuse/core';

const lockFile = 'lock';

/** A lock that is still empty belongs to a process that is just writing it, unless it is older than this. */
const writingMilliseconds = 5000;

interface Holder {
  readonly process: number;
  readonly host: string;
}

/**
 * Takes the lock of a run folder, which must exist. Returns what gives it back.
 * @throws RUN_LOCKED
 */
export async function lockRun(folder: string): Promise<() => Promise<void>> {
  const file = join(folder, lockFile);
  if (!(await take(file))) {
    if (!(await isStale(file))) throw await locked(folder, file);
    await rm(file, { force: true });
    if (!(await take(file))) throw await locked(folder, file);
  }
  return () => rm(file, { force: true });
}

async function take(file: string): Promise<boolean> {
  const holder: Holder = { process: process.pid, host: hostname() };
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

async function isStale(file: string): Promise<boolean> {
  const holder = await readHolder(file);
  if (holder !== undefined) return holder.host === hostname() && !isAlive(holder.process);
  const found = await stat(file).catch(() => undefined);
  return found === undefined || Date.now() - found.mtimeMs > writingMilliseconds;
}

async function readHolder(file: string): Promise<Holder | undefined> {
  try {
    return JSON.parse(await readFile(file, 'utf8')) as Holder;
  } catch {
    return undefined;
  }
}

/** Signal 0 only asks. A process of somebody else (EPERM) is alive, too. */
function isAlive(id: number): boolean {
  try {
    process.kill(id, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
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
