/** A run folder: which files it has, and how they are read and written. All but the log appear whole or not at all. */
import { existsSync } from 'node:fs';
import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { InterfuseError } from '@interfuse/core';
import { writeFileWhole } from '@interfuse/safetensors';

export const runFiles = {
  /** The effective config of this run alone. */
  config: 'config.json',
  /** What the run was made of and where. */
  manifest: 'manifest.json',
  /** One line per epoch. */
  metrics: 'metrics.jsonl',
  /** The same for TensorBoard, with the times at which epochs ended. */
  events: 'events.out.tfevents.interfuse',
  checkpoint: 'checkpoint',
  /** Written before the test split is opened. */
  receipt: 'receipt.json',
  predictions: 'predictions.csv',
  /** Figures with modalities missing, where they were asked for. */
  missing: 'missing.json',
  /** What a sum over the modalities makes of its predictions, where it was asked for. */
  emap: 'emap.json',
  /** What the run does inside, where it was asked for: numbers, and a page of plots. */
  introspection: 'introspection.json',
  introspectionPage: 'introspection.html',
  /** Which questions of a report the run has answered. */
  asked: 'asked.json',
  /** Times and memory. */
  cost: 'cost.json',
  /** Of a trial of a search, in place of a result: it has opened no test split. */
  trial: 'trial.json',
  /** Written last: a run that has it is finished. */
  result: 'result.json',
} as const;

export type RunFile = keyof typeof runFiles;

export function pathOf(folder: string, file: RunFile): string {
  return join(folder, runFiles[file]);
}

export function has(folder: string, file: RunFile): boolean {
  return existsSync(pathOf(folder, file));
}

/** Figures that are not defined (NaN) become null. */
export async function writeJson(folder: string, file: RunFile, value: unknown): Promise<void> {
  await writeFileWhole(pathOf(folder, file), `${JSON.stringify(value, null, 2)}\n`);
}

/** What a finished run is asked beside its result. */
function isMadeAnew(file: RunFile): boolean {
  return ['missing', 'emap', 'introspection', 'asked'].includes(file);
}

const madeAnew = `Delete it, and ${runFiles.asked} beside it, and give the same command again: it is made anew. The run itself is whole.`;

/** @throws RUN_INVALID if the file is missing or is not JSON */
export async function readJson<T>(folder: string, file: RunFile): Promise<T> {
  const path = pathOf(folder, file);
  try {
    return JSON.parse(await readFile(path, 'utf8')) as T;
  } catch (cause) {
    throw new InterfuseError('RUN_INVALID', {
      place: path,
      expected: 'a file of JSON',
      got: cause instanceof Error ? cause.message : String(cause),
      ...(isMadeAnew(file) ? { remedy: madeAnew } : {}),
      cause,
    });
  }
}

/** A folder in which no epoch has ended is worth nothing and goes. */
export async function removeIfFresh(folder: string): Promise<void> {
  const isFresh = !has(folder, 'result') && !existsSync(join(pathOf(folder, 'checkpoint'), 'position.json'));
  if (isFresh) await rm(folder, { recursive: true, force: true });
}
