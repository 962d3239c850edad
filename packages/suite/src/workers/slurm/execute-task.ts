/**
 * A task of a job array: executes the run with its number, and writes down what a worker would tell the command.
 *
 * Told to stop, it stops after the step that runs. If Slurm has not ended the job then, it was a notice that the time is
 * nearly over, or the grace of a preemption: the task asks to be started again, and goes on from its last epoch.
 */
import { existsSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { InterfuseError } from '@interfuse/core';
import { has } from '../../run/run-folder.js';
import { asFailure } from '../as-failure.js';
import { executeRequest } from '../execute-request.js';
import type { FromWorker, RunRequest } from '../messages.js';
import { stageFailed } from '../stage-failed.js';
import { outputFolderOf, readRequest } from './array-folder.js';
import { readOwnState, requeueJob } from './programs.js';
import { readTaskState, type TaskState, writeTaskState } from './task-state.js';

/** What it says is written down no more often than this. */
const writeMilliseconds = 1000;

/** A file system that is shared may show what another machine has written only after a while. */
const patienceMilliseconds = 3000;

/** So often in a row it is started without an epoch that ends, before that is an error. */
const mostFruitless = 3;

/** 128 and the number of the signal, as a shell says it. */
const exitCodes = { finished: 0, failed: 1, interrupted: 143 } as const;

/** @returns the exit code */
export async function executeTask(folder: string, signal: AbortSignal): Promise<number> {
  const job = process.env.SLURM_JOB_ID as string;
  const notes = await TaskNotes.open(folder, Number(process.env.SLURM_ARRAY_TASK_ID));
  const end = await execute(folder, notes, signal);
  await notes.close(end);
  if (end.status !== 'interrupted' || (await readOwnState(job)) !== 'RUNNING') return exitCodes[end.status];
  if (notes.fruitless < mostFruitless) {
    await requeueJob(job);
    return exitCodes.interrupted;
  }
  const { code, message } = new InterfuseError('SLURM_JOB_ENDED', {
    place: `job ${job}`,
    expected: 'an epoch that ends within the time of the job',
    got: `none, ${notes.fruitless} times`,
    remedy: 'Give it more time: --slurm-options "--time=…". A run goes on from its last epoch.',
  });
  await notes.close({ status: 'failed', failure: { code, message } });
  return exitCodes.failed;
}

type TaskEnd = Pick<TaskState, 'compileSeconds' | 'failure'> & { readonly status: keyof typeof exitCodes };

async function execute(folder: string, notes: TaskNotes, signal: AbortSignal): Promise<TaskEnd> {
  try {
    const request = await readRequest(folder, notes.task);
    process.chdir(request.experiment.workingFolder);
    process.env.INTERFUSE_THREADS = process.env.SLURM_CPUS_PER_TASK ?? String(request.threads);
    await requireNeeds(request, outputFolderOf(folder));
    const { status, compileSeconds } = await executeRequest(request, {
      signal,
      tell: (message) => notes.tell(message),
    });
    return { status, ...(compileSeconds === undefined ? {} : { compileSeconds }) };
  } catch (error) {
    return { status: 'failed', failure: asFailure(error) };
  }
}

/** @throws STAGE_FAILED */
async function requireNeeds({ name, needs = [] }: RunRequest, output: string): Promise<void> {
  const deadline = Date.now() + patienceMilliseconds;
  for (const needed of needs) {
    for (; !has(join(output, needed), 'result'); await pause(100)) {
      if (Date.now() >= deadline) throw stageFailed(name, needed);
    }
  }
}

/** What the task says, written down now and then. */
class TaskNotes {
  #state: TaskState;
  /** Of this start. */
  #epochs = 0;
  #timer: NodeJS.Timeout | undefined;

  private constructor(
    readonly folder: string,
    readonly task: number,
    before: TaskState | undefined,
  ) {
    this.#state = {
      status: 'running',
      restarts: Number(process.env.SLURM_RESTART_COUNT ?? 0),
      machine: hostname(),
      warnings: before?.warnings ?? [],
      ...(before?.epoch === undefined ? {} : { epoch: before.epoch }),
      fruitless: before?.fruitless ?? 0,
    };
  }

  /** With what an earlier start has left. */
  static async open(folder: string, task: number): Promise<TaskNotes> {
    const notes = new TaskNotes(folder, task, await readTaskState(folder, task));
    await notes.#write();
    return notes;
  }

  get fruitless(): number {
    return this.#state.fruitless;
  }

  tell(message: FromWorker): void {
    if (message.kind === 'progress') this.#change({ progress: message.progress });
    if (message.kind === 'warning') this.#change({ warnings: [...this.#state.warnings, message.message] });
    if (message.kind !== 'epoch') return;
    this.#epochs += 1;
    this.#change({ epoch: { epoch: message.epoch, figure: message.figure }, fruitless: 0 });
  }

  async close(end: TaskEnd): Promise<void> {
    clearTimeout(this.#timer);
    const { fruitless } = this.#state;
    const isFruitless = end.status === 'interrupted' && this.#epochs === 0;
    this.#state = { ...this.#state, ...end, fruitless: isFruitless ? fruitless + 1 : fruitless };
    await this.#write();
  }

  #change(changes: Partial<TaskState>): void {
    this.#state = { ...this.#state, ...changes };
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      void this.#write();
    }, writeMilliseconds);
  }

  /** Nobody may be interested any more: then the folder is gone, which is no reason to end the run. */
  async #write(): Promise<void> {
    if (existsSync(this.folder)) await writeTaskState(this.folder, this.task, this.#state).catch(() => undefined);
  }
}
