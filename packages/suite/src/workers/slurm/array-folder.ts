/** The folder of a job array: which runs its tasks execute, what the tasks say, and what they print. */
import { randomUUID } from 'node:crypto';
import { mkdir, readdir, readFile, rm, rmdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { writeFileWhole } from '@interfuse/safetensors';
import { quoted } from '../../report/command-line.js';
import type { RunRequest } from '../messages.js';

/** In the folder of run folders. */
const folderName = '.slurm';

/** Of what a task prints, the end is kept for the report of a crash. */
const keptLetters = 4000;

/** `array.json`; only commands write it. */
export interface ArrayRecord {
  readonly format: 1;
  readonly job: string;
  /** Names of runs, by the number of the task. */
  readonly runs: readonly string[];
  /** Of those, whose end a command has told. */
  readonly collected: readonly string[];
  /** Somebody has stopped it, and wants to hear no more of it. */
  readonly cancelled: boolean;
}

export interface JobArray extends ArrayRecord {
  /** Absolute path. */
  readonly folder: string;
}

/** A folder with the requests and the script of each task. */
export async function createArrayFolder(output: string, requests: readonly RunRequest[]): Promise<string> {
  const folder = join(output, folderName, randomUUID().slice(0, 8));
  await mkdir(folder, { recursive: true });
  await writeFileWhole(join(folder, 'requests.json'), `${JSON.stringify(requests)}\n`);
  const entry = fileURLToPath(new URL('./task.js', import.meta.url));
  const command = ['exec', process.execPath, entry, folder].map(quoted).join(' ');
  await writeFileWhole(scriptOf(folder), `#!/bin/sh\n${command}\n`);
  return folder;
}

export function scriptOf(folder: string): string {
  return join(folder, 'task.sh');
}

/** Where the run folders lie, beside the folder of all arrays. */
export function outputFolderOf(folder: string): string {
  return dirname(dirname(folder));
}

export async function readRequest(folder: string, task: number): Promise<RunRequest> {
  const requests = JSON.parse(await readFile(join(folder, 'requests.json'), 'utf8')) as RunRequest[];
  return requests[task] as RunRequest;
}

export async function writeArray({ folder, ...record }: JobArray): Promise<void> {
  await writeFileWhole(join(folder, 'array.json'), `${JSON.stringify(record, null, 2)}\n`);
}

/** Those that were submitted for runs of this folder, and not removed yet. */
export async function readArrays(output: string): Promise<JobArray[]> {
  const names = await readdir(join(output, folderName)).catch(() => []);
  const found = names.map(async (name) => {
    const folder = join(output, folderName, name);
    const text = await readFile(join(folder, 'array.json'), 'utf8').catch(() => undefined);
    return text === undefined ? [] : [{ folder, ...(JSON.parse(text) as ArrayRecord) }];
  });
  return (await Promise.all(found)).flat().filter(({ format }) => format === 1);
}

/** With the folder of all arrays, if it is the last. */
export async function removeArray({ folder }: Pick<JobArray, 'folder'>): Promise<void> {
  await rm(folder, { recursive: true, force: true });
  await rmdir(dirname(folder)).catch(() => undefined);
}

/** The end of what a task has printed. */
export async function readLog(folder: string, task: number): Promise<string> {
  const text = await readFile(join(folder, `${task}.log`), 'utf8').catch(() => '');
  return text.slice(-keptLetters).trim();
}
