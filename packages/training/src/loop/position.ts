/**
 * `checkpoint/position.json`: where a training stands, and which weight files belong to it.
 *
 * It is the point of commitment: weight files carry the epoch in their names, are written before it and removed after it,
 * so that whatever moment a process dies at, the position on disk names files that are there and belong together.
 */
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { InterfuseError } from '@interfuse/core';
import { writeFileWhole } from '@interfuse/safetensors';

/** What is known at the end of an epoch. It holds no times: the config and the seed determine it. */
export interface EpochRecord {
  /** Counted from 0. */
  readonly epoch: number;
  /** Optimizer steps so far. */
  readonly updates: number;
  /** Learning rate of the last of them. */
  readonly learningRate: number;
  /** The objective, averaged over the samples of the epoch. */
  readonly loss: number;
  /** Its terms, without their weights. */
  readonly losses: { readonly [name: string]: number };
  /** The columns of the metrics on the validation split; NaN where a column is not defined. */
  readonly valid: { readonly [column: string]: number };
  /** What the strategy shows of itself and belongs to no sample, such as gates; absent if there is none. */
  readonly inspect?: { readonly [name: string]: readonly number[] };
}

export interface BestEpoch {
  readonly epoch: number;
  /** Of the selected validation column. */
  readonly value: number;
}

export interface Position {
  readonly history: readonly EpochRecord[];
  readonly best: BestEpoch;
  /** Weight files, relative to the folder of checkpoints. */
  readonly files: { readonly last: string; readonly best: string };
  /** All sessions together. */
  readonly seconds: number;
}

export function checkpointFolder(folder: string): string {
  return join(folder, 'checkpoint');
}

function positionFile(folder: string): string {
  return join(checkpointFolder(folder), 'position.json');
}

/** @returns nothing if no epoch has ended yet */
export async function readPosition(folder: string): Promise<Position | undefined> {
  const file = positionFile(folder);
  if (!existsSync(file)) return undefined;
  try {
    // JSON has no NaN: it is written as null, and only figures can be null.
    return JSON.parse(await readFile(file, 'utf8'), (_, value) => (value === null ? Number.NaN : value)) as Position;
  } catch (cause) {
    throw new InterfuseError('RUN_INVALID', {
      place: file,
      expected: 'the position of a training, as JSON',
      got: cause instanceof Error ? cause.message : String(cause),
      cause,
    });
  }
}

export async function writePosition(folder: string, position: Position): Promise<void> {
  await writeFileWhole(positionFile(folder), `${JSON.stringify(position, null, 2)}\n`);
}
