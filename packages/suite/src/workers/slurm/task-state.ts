/** What a task of a job array says of its run: a file that it replaces, and the command reads. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { writeFileWhole } from '@interfuse/safetensors';
import type { Progress } from '@interfuse/training/loop';
import type { Failure } from '../messages.js';

export interface TaskState {
  /** `running` from its start to its end. */
  readonly status: 'running' | 'finished' | 'interrupted' | 'failed';
  /** How often Slurm has started it again. */
  readonly restarts: number;
  readonly machine: string;
  readonly progress?: Progress;
  /** The last that has ended; the figure is that of the selected column on validation. */
  readonly epoch?: { readonly epoch: number; readonly figure: number | null };
  readonly warnings: readonly string[];
  readonly compileSeconds?: number;
  readonly failure?: Failure;
  /** Starts in a row that were told to stop before an epoch had ended. */
  readonly fruitless: number;
}

/** Nothing before the task has started. */
export async function readTaskState(folder: string, task: number): Promise<TaskState | undefined> {
  try {
    return JSON.parse(await readFile(stateFile(folder, task), 'utf8')) as TaskState;
  } catch {
    return undefined;
  }
}

/** @throws FILE_NOT_WRITTEN */
export async function writeTaskState(folder: string, task: number, state: TaskState): Promise<void> {
  await writeFileWhole(stateFile(folder, task), `${JSON.stringify(state)}\n`);
}

function stateFile(folder: string, task: number): string {
  return join(folder, `${task}.json`);
}
