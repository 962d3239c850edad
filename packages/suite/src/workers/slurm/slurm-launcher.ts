/**
 * Executes runs as job arrays of Slurm: a run a task, on machines that share the folder of runs.
 *
 * https://slurm.schedmd.com/job_array.html
 */
import { isInterfuseError } from '@interfuse/core';
import type { RunEnd } from '../launch-worker.js';
import type { Launcher, Watch } from '../launcher.js';
import type { RunRequest } from '../messages.js';
import { type JobArray, readArrays, removeArray, writeArray } from './array-folder.js';
import { followTasks, hasEnded, idOf, type Pace, type Task, usualPace } from './follow-tasks.js';
import { cancelTasks, type QueuedTask, requireQueue } from './programs.js';
import { releaseLocks } from './release-locks.js';
import { submitRuns } from './submit-runs.js';
import { readTaskState } from './task-state.js';

/** Cores for each run where nothing says how many: small models gain little from more. */
const coresByDefault = 2;

/** Ends that whoever comes back wants to hear of, before the run is tried again. */
const lostStates = ['FAILED', 'TIMEOUT', 'OUT_OF_MEMORY', 'NODE_FAIL', 'BOOT_FAIL', 'DEADLINE', 'PREEMPTED'];

export interface SlurmSettings {
  /** Words for `sbatch`. */
  readonly options: readonly string[];
  /** Runs at a time. Default: as many as the cluster gives. */
  readonly jobs?: number;
  /** Does not wait for what it submits. */
  readonly detach: boolean;
  /** Tests are in more of a hurry. */
  readonly pace?: Pace;
}

export function slurmLauncher({ options, jobs, detach, pace = usualPace }: SlurmSettings): Launcher {
  const cores = Number(process.env.INTERFUSE_THREADS) || coresByDefault;
  return {
    id: 'slurm',
    threadsFor: () => cores,
    async runAll(requests, watch) {
      const found = await findTasks(requests, watch, detach);
      const rest = requests.filter(({ name }) => !found.has(name));
      const submitted = new Map([...found].map(([name, task]) => [name, idOf(task)]));
      const settings = { output: watch.folder, cores, options, submitted };
      const arrays = await submitRuns(rest, { ...settings, ...(jobs === undefined ? {} : { atATime: jobs }) });
      note(arrays, found, watch);
      if (detach) return requests.map(() => ({ status: 'submitted' }));
      const tasks = [...found.values(), ...tasksOf(arrays, rest)];
      return await wait(requests, tasks, arrays, watch, pace);
    },
    async tidy(place) {
      if ((await readArrays(place.folder)).length === 0) return false;
      // All is finished: that Slurm does not answer now is no reason not to say so.
      await findTasks([], place, true).catch((error: unknown) => {
        if (!isInterfuseError(error) || error.code !== 'SLURM_REFUSED') throw error;
      });
      return true;
    },
  };
}

async function wait(
  requests: readonly RunRequest[],
  tasks: readonly Task[],
  submitted: readonly JobArray[],
  watch: Watch,
  pace: Pace,
): Promise<RunEnd[]> {
  const ends = new Map<string, RunEnd>();
  await followTasks(tasks, watch, pace, ({ request }, end) => ends.set(request.name, end));
  // What was submitted by an earlier command, which did not wait for it, goes on.
  const cancelled = watch.signal.aborted ? submitted : [];
  for (const array of cancelled) await writeArray({ ...array, cancelled: true });
  await cancelTasks(cancelled.map(({ job }) => job));
  const left = new Set(tasks.map(({ array }) => array).filter((array) => !cancelled.includes(array)));
  if (watch.signal.aborted && left.size > 0) {
    const ids = [...left].map(({ job }) => job).join(' ');
    watch.listener.noted?.(`What was submitted before goes on. To end that, too: scancel ${ids}`);
  }
  for (const array of left) await collect(array, [...ends.keys()]);
  return requests.map(({ name }) => ends.get(name) ?? { status: 'interrupted' });
}

/** An array goes when every end has been told. Returns it as it is now. */
async function collect(array: JobArray, names: readonly string[]): Promise<JobArray> {
  if (names.length === 0) return array;
  const collected = array.runs.filter((name) => array.collected.includes(name) || names.includes(name));
  const now = { ...array, collected };
  if (collected.length === array.runs.length) await removeArray(now);
  else await writeArray(now);
  return now;
}

/**
 * Tasks that commands before this one have submitted, by the names of their runs: those that are not over, and unless
 * nobody waits for them those that were lost without anybody hearing of it. Arrays that nobody asks for any more go.
 * @throws SLURM_REFUSED if Slurm does not say what is in its queue
 */
async function findTasks(
  requests: readonly RunRequest[],
  { folder, isDone }: Pick<Watch, 'folder' | 'isDone'>,
  detach: boolean,
): Promise<Map<string, Task>> {
  const arrays = await readArrays(folder);
  const tasks = new Map<string, Task>();
  if (arrays.length === 0) return tasks;
  const queue = await requireQueue(arrays.map(({ job }) => job));
  const isGoing = (id: string) => {
    const queued = queue.get(id);
    return queued !== undefined && !hasEnded(queued);
  };
  for (const array of arrays) {
    if (array.cancelled) {
      await removeCancelled(array, folder, isGoing);
      continue;
    }
    const kept = new Map<string, Task>();
    const over: string[] = [];
    for (const [number, name] of array.runs.entries()) {
      if (array.collected.includes(name)) continue;
      const request = requests.find((each) => each.name === name);
      const id = `${array.job}_${number}`;
      const isKept = isGoing(id) || (!detach && (await isLost(array, number, queue.get(id))));
      if (request !== undefined && isKept) kept.set(name, { request, array, number });
      else if (!isKept && (request !== undefined || isDone(name))) over.push(name);
    }
    const now = await collect(array, over);
    for (const name of over) await releaseLocks(folder, name, `${array.job}_${array.runs.indexOf(name)}`);
    for (const [name, task] of kept) tasks.set(name, { ...task, array: now });
  }
  return tasks;
}

async function removeCancelled(array: JobArray, folder: string, isGoing: (id: string) => boolean): Promise<void> {
  const ids = array.runs.map((_, number) => `${array.job}_${number}`);
  if (ids.some(isGoing)) return;
  for (const [number, id] of ids.entries()) await releaseLocks(folder, array.runs[number] as string, id);
  await removeArray(array);
}

async function isLost({ folder }: JobArray, number: number, queued: QueuedTask | undefined): Promise<boolean> {
  if (queued !== undefined && lostStates.includes(queued.state)) return true;
  return (await readTaskState(folder, number))?.status === 'failed';
}

function tasksOf(arrays: readonly JobArray[], requests: readonly RunRequest[]): Task[] {
  return arrays.flatMap((array) =>
    array.runs.map((name, number) => {
      const request = requests.find((each) => each.name === name) as RunRequest;
      return { request, array, number };
    }),
  );
}

function note(arrays: readonly JobArray[], found: ReadonlyMap<string, Task>, { listener }: Watch): void {
  const count = (runs: number) => (runs === 1 ? '1 run' : `${runs} runs`);
  if (found.size > 0) listener.noted?.(`${count(found.size)} had been submitted to Slurm before.`);
  for (const { job, runs } of arrays) listener.noted?.(`Submitted ${count(runs.length)} to Slurm: job ${job}.`);
}
