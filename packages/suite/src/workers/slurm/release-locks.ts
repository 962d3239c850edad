/** Removes the locks that a job has left behind, as where its machine has failed: nobody else can tell that it is over. */
import { join } from 'node:path';
import { removeLockOf } from '@interfuse/safetensors';
import { sharedLocks } from '../../run/shared-states.js';

/**
 * @param output the folder of run folders
 * @param run the name of its run
 * @param job a task of an array, such as `1234_5`, that Slurm says is over
 */
export async function releaseLocks(output: string, run: string, job: string): Promise<void> {
  for (const file of [join(output, run, 'lock'), ...(await sharedLocks(output))]) await removeLockOf(job, file);
}
