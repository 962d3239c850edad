/** One process at a time works on a run. */
import { join } from 'node:path';
import { InterfuseError } from '@interfuse/core';
import { lockFile } from '@interfuse/safetensors';

/** Whoever was just told to stop, or was killed, is given this long to be gone. */
const patienceMilliseconds = 3000;

export interface Waiting {
  /** Milliseconds to wait for a holder that is alive. */
  readonly patience?: number;
  readonly signal?: AbortSignal;
}

/**
 * Takes the lock of a run folder, which must exist. Returns what gives it back.
 *
 * @throws RUN_LOCKED, and what the signal was aborted with
 */
export function lockRun(
  folder: string,
  { patience = patienceMilliseconds, signal }: Waiting = {},
): Promise<() => Promise<void>> {
  const file = join(folder, 'lock');
  return lockFile(file, {
    patience,
    ...(signal === undefined ? {} : { signal }),
    held: (holder) =>
      new InterfuseError('RUN_LOCKED', {
        place: folder,
        expected: 'a run that nobody works on',
        got: holder === undefined ? 'a lock' : `the lock of process ${holder.process} on ${holder.host}`,
        remedy: `Wait for that process, or stop it. If there is none, delete ${file}.`,
      }),
  });
}
