/** Follows tasks of job arrays to their ends: by the files that they write, and by what Slurm says of them. */
import { setTimeout as pause } from 'node:timers/promises';
import { InterfuseError } from '@interfuse/core';
import type { RunEnd } from '../launch-worker.js';
import type { Watch } from '../launcher.js';
import type { RunRequest } from '../messages.js';
import { type JobArray, readLog } from './array-folder.js';
import { type QueuedTask, readAccount, readQueue } from './programs.js';
import { releaseLocks } from './release-locks.js';
import { readTaskState, type TaskState } from './task-state.js';

/** How often is looked, in milliseconds. */
export interface Pace {
  /** Into the files of tasks. */
  readonly files: number;
  /** Into the queue, which has others to serve: at first, and twice as long after each time that nothing has ended. */
  readonly queue: number;
  readonly queueAtMost: number;
  /** So long a result may take from the machine that wrote it to this one: NFS remembers for a minute what was not there. */
  readonly arrival: number;
}

export const usualPace: Pace = { files: 500, queue: 1000, queueAtMost: 15_000, arrival: 60_000 };

/** Asked so often, Slurm has to say the same: what a task wrote at its end may arrive later than its end. */
const looks = 2;

/** States from which there is no way back to running. */
const endStates = [
  ...['COMPLETED', 'FAILED', 'CANCELLED', 'TIMEOUT', 'OUT_OF_MEMORY', 'NODE_FAIL', 'BOOT_FAIL', 'DEADLINE'],
  ...['PREEMPTED', 'REVOKED'],
];

const quietReasons = ['None', 'Dependency', 'JobArrayTaskLimit', 'BeginTime', 'Priority', 'Resources'];

const remedies: { readonly [state: string]: string } = {
  OUT_OF_MEMORY: 'Give it more memory: --slurm-options "--mem=…". Then the same command again.',
  TIMEOUT:
    'Give it more time: --slurm-options "--time=…". Then the same command again: it goes on from its last epoch.',
  DEADLINE: 'Give it a later deadline, or none. Then the same command again: it goes on from its last epoch.',
};

export interface Task {
  readonly request: RunRequest;
  readonly array: JobArray;
  readonly number: number;
}

interface Followed {
  readonly task: Task;
  seen?: TaskState;
  /** Since when its result must be on its way, if it is. */
  finished?: number;
  /** How often Slurm has said that it is over. */
  over: number;
}

export function idOf({ array, number }: Task): string {
  return `${array.job}_${number}`;
}

export function hasEnded({ state }: QueuedTask): boolean {
  return endStates.includes(state);
}

/** Calls `ended` with the end of each; returns when all have ended, or when the watch is aborted. */
export async function followTasks(
  tasks: readonly Task[],
  watch: Watch,
  pace: Pace,
  ended: (task: Task, end: RunEnd) => void,
): Promise<void> {
  const { signal, listener } = watch;
  const open = new Set(tasks.map((task): Followed => ({ task, over: 0 })));
  const told = new Set<string>();
  let wait = pace.queue;
  let askAt = Date.now() + wait;

  const finish = (followed: Followed, end: RunEnd) => {
    open.delete(followed);
    if (followed.seen === undefined) listener.started?.(followed.task.request);
    listener.ended?.(followed.task.request, end);
    ended(followed.task, end);
    wait = pace.queue;
  };

  while (open.size > 0 && !signal.aborted) {
    for (const followed of [...open]) {
      const end = await readFiles(followed, watch);
      if (end?.status === 'finished') followed.finished ??= Date.now();
      const isOnItsWay = followed.finished !== undefined && !watch.isDone(followed.task.request.name);
      if (isOnItsWay && Date.now() < (followed.finished ?? 0) + pace.arrival) continue;
      if (end !== undefined) finish(followed, end);
    }
    if (Date.now() >= askAt && open.size > 0) {
      const queue = await readQueue([...new Set([...open].map(({ task }) => task.array.job))]);
      for (const followed of queue === undefined ? [] : [...open]) {
        if (followed.finished !== undefined) continue;
        const queued = queue?.get(idOf(followed.task));
        followed.over = queued === undefined || hasEnded(queued) ? followed.over + 1 : 0;
        if (followed.over >= looks) finish(followed, await endOf(followed, queued, watch));
      }
      tellReasons([...open], queue, told, watch);
      wait = [...open].some(({ over }) => over > 0) ? pace.queue : Math.min(2 * wait, pace.queueAtMost);
      askAt = Date.now() + wait;
    }
    if (open.size > 0) await pause(pace.files, undefined, { signal }).catch(() => undefined);
  }
}

/** Tells what is new, and returns the end if the task has written it. */
async function readFiles(followed: Followed, { listener }: Watch): Promise<RunEnd | undefined> {
  const { task, seen } = followed;
  const { request, array, number } = task;
  const state = await readTaskState(array.folder, number);
  if (state === undefined) return undefined;
  const say = (message: Parameters<NonNullable<typeof listener.said>>[1]) => listener.said?.(request, message);
  if (seen === undefined) listener.started?.(request);
  followed.seen = state;
  if (state.restarts > (seen?.restarts ?? 0)) {
    say({
      kind: 'warning',
      message: `Slurm has started it again, on ${state.machine}: it goes on from its last epoch.`,
    });
  }
  for (const message of state.warnings.slice(seen?.warnings.length ?? 0)) say({ kind: 'warning', message });
  if (state.progress !== undefined) say({ kind: 'progress', progress: state.progress });
  if (state.epoch !== undefined) say({ kind: 'epoch', ...state.epoch });
  if (state.status === 'failed') return { status: 'failed', ...(state.failure && { failure: state.failure }) };
  if (state.status !== 'finished') return undefined;
  const { compileSeconds } = state;
  say({ kind: 'end', status: 'finished', ...(compileSeconds === undefined ? {} : { compileSeconds }) });
  return { status: 'finished' };
}

/** Of a task that Slurm says is over, and that has not written how. */
async function endOf({ task, seen }: Followed, queued: QueuedTask | undefined, watch: Watch): Promise<RunEnd> {
  const { request, array, number } = task;
  const id = idOf(task);
  await releaseLocks(watch.folder, request.name, id);
  if (watch.isDone(request.name)) return { status: 'finished' };
  const state = queued?.state ?? (await readAccount(id)) ?? 'no longer known to Slurm';
  const log = await readLog(array.folder, number);
  if (state === 'FAILED' && seen?.status !== 'interrupted') {
    const message = [`Job ${id} ended (FAILED) before its run was over.`, log].filter(Boolean).join('\n');
    return { status: 'failed', failure: { message } };
  }
  const { code, message } = new InterfuseError('SLURM_JOB_ENDED', {
    place: `${request.name}, job ${id}${seen === undefined ? '' : ` on ${seen.machine}`}`,
    expected: 'a job that ends with its run',
    got: [state, ...log.split('\n').slice(-3)].filter(Boolean).join('\n            '),
    ...(remedies[state] === undefined ? {} : { remedy: remedies[state] }),
  });
  return { status: 'failed', failure: { code, message } };
}

/** Once for every reason that somebody may have to do something about. */
function tellReasons(
  open: readonly Followed[],
  queue: ReadonlyMap<string, QueuedTask> | undefined,
  told: Set<string>,
  { listener }: Watch,
): void {
  const waiting = open.flatMap(({ task }) => queue?.get(idOf(task)) ?? []).filter(({ state }) => state === 'PENDING');
  for (const reason of new Set(waiting.map((each) => each.reason))) {
    if (quietReasons.includes(reason) || told.has(reason)) continue;
    told.add(reason);
    const count = waiting.filter((each) => each.reason === reason).length;
    listener.noted?.(`Slurm lets ${count === 1 ? 'a run' : `${count} runs`} wait: ${reason}.`);
  }
}
