/** The programs of Slurm, version 20.11 or later: `sbatch` takes jobs, `squeue` tells of them, `scancel` ends them. */
import { execFile } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { InterfuseError } from '@interfuse/core';

/** Of the job that is a task of an array. */
export interface QueuedTask {
  /** `PENDING`, `RUNNING`, `OUT_OF_MEMORY`: https://slurm.schedmd.com/squeue.html#SECTION_JOB-STATE-CODES */
  readonly state: string;
  /** Why it waits. */
  readonly reason: string;
}

interface Said {
  readonly code: number;
  readonly out: string;
  readonly error: string;
}

const needed = ['sbatch', 'squeue', 'scancel'];

/** @throws TOOL_NOT_FOUND */
export function requireSlurm(place: string): void {
  const missing = needed.filter((program) => !isInPath(program));
  if (missing.length === 0) return;
  throw new InterfuseError('TOOL_NOT_FOUND', {
    place,
    expected: `${needed.join(', ')} of Slurm in PATH`,
    got: `no ${missing.join(', no ')}`,
    remedy:
      'Give the command on a machine of the cluster from which jobs are submitted (a login node), or leave --launcher out: the runs are then executed here.',
  });
}

function isInPath(program: string): boolean {
  return (process.env.PATH ?? '').split(delimiter).some((folder) => {
    try {
      accessSync(join(folder, program), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

/** The id of the job. @throws SLURM_REFUSED with what `sbatch` says */
export async function submitJob(options: readonly string[], script: string): Promise<string> {
  const { code, out, error } = await say('sbatch', ['--parsable', ...options, script]);
  // `1234`, or `1234;cluster` where there are several clusters.
  const [, job] = /^(\d+)(?:;.*)?$/m.exec(out) ?? [];
  if (code === 0 && job !== undefined) return job;
  throw new InterfuseError('SLURM_REFUSED', {
    place: ['sbatch', ...options].join(' '),
    expected: 'the id of a job',
    got: (error.trim() || out.trim() || `exit code ${code}`).replaceAll('\n', '\n            '),
  });
}

/** The tasks of these jobs by `<job>_<task>`, those that ended minutes ago included; nothing if Slurm does not answer. */
export async function readQueue(jobs: readonly string[]): Promise<ReadonlyMap<string, QueuedTask> | undefined> {
  const { code, out, error } = await say('squeue', [
    ...['--noheader', '--array', '--states=all', '--format=%F|%K|%T|%r'],
    `--jobs=${jobs.join(',')}`,
  ]);
  // Of jobs that are all forgotten.
  if (code !== 0 && /invalid job id/i.test(error)) return new Map();
  if (code !== 0) return undefined;
  const lines = out.split('\n').map((line) => line.trim().split('|'));
  return new Map(
    lines
      .filter((parts) => parts.length === 4)
      .map(([job, task, state, reason]) => [`${job}_${task}`, { state: state as string, reason: reason as string }]),
  );
}

/** The same where one has to know it. @throws SLURM_REFUSED */
export async function requireQueue(jobs: readonly string[]): Promise<ReadonlyMap<string, QueuedTask>> {
  const queue = await readQueue(jobs);
  if (queue !== undefined) return queue;
  throw new InterfuseError('SLURM_REFUSED', {
    place: `squeue --jobs=${jobs.join(',')}`,
    expected: 'what became of runs that were submitted before',
    got: 'no answer',
    remedy: 'See whether `squeue` answers, then run the same command again.',
  });
}

/** The state of a task that the queue has forgotten; nothing where there is no accounting. */
export async function readAccount(task: string): Promise<string | undefined> {
  const { code, out } = await say('sacct', [
    ...['--noheader', '--parsable2', '--allocations', '--format=State'],
    `--jobs=${task}`,
  ]);
  // `CANCELLED by 1000`.
  const state = out.trim().split(/[\s\n]/)[0];
  return code === 0 && state !== '' ? state : undefined;
}

/** Those that are over are left as they are. */
export async function cancelTasks(tasks: readonly string[]): Promise<void> {
  if (tasks.length > 0) await say('scancel', tasks);
}

/** The state of the job that this process is part of; nothing if Slurm does not answer. */
export async function readOwnState(job: string): Promise<string | undefined> {
  const { out } = await say('scontrol', ['--oneliner', 'show', 'job', job]);
  return /\bJobState=(\w+)/.exec(out)?.[1];
}

/** Whether Slurm will start the job again. */
export async function requeueJob(job: string): Promise<boolean> {
  return (await say('scontrol', ['requeue', job])).code === 0;
}

function say(program: string, args: readonly string[]): Promise<Said> {
  return new Promise((resolve) => {
    execFile(program, args, { maxBuffer: 2 ** 26 }, (failure, out, error) => {
      if (failure === null) resolve({ code: 0, out, error });
      else resolve({ code: typeof failure.code === 'number' ? failure.code : 1, out, error: error || failure.message });
    });
  });
}
