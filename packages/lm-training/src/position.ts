/**
 * `training/` in the folder of a model in training: what it is trained on and how (`run.json`), where it stands
 * (`position.json`) and the weights and moments that belong there. The position is the point of commitment: weight files
 * carry the step in their names, are written before it and removed after it.
 */
import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { InterfuseError, type Leaf, type Store } from '@interfuse/core';
import { writeFileWhole } from '@interfuse/safetensors';
import { writeVariables } from '@interfuse/training/loop';
import type { HeldOutFigures } from './held-out.js';

export interface Measurement {
  /** Optimizer steps so far. */
  readonly updates: number;
  /** Tokens predicted in training so far. */
  readonly tokens: number;
  /** Mean loss of the training tokens since the measurement before. */
  readonly trainLoss: number;
  readonly heldOut: HeldOutFigures;
}

export interface Position {
  readonly updates: number;
  readonly history: readonly Measurement[];
  /** Sum and number of the training losses since the last measurement. */
  readonly since: { readonly loss: number; readonly batches: number };
  /** Of all sessions together. */
  readonly seconds: number;
  /** Weights and moments, relative to `training/`. */
  readonly file: string;
}

export function trainingFolder(folder: string): string {
  return join(folder, 'training');
}

/**
 * Makes the folder, or sees that it is of the same training.
 *
 * @param determines everything that the result follows from
 * @returns where the training stands; nothing at its beginning
 * @throws FILE_EXISTS if the folder holds files and no training; CHECKPOINT_MISMATCH if it is of another
 */
export async function openTraining(folder: string, determines: object): Promise<Position | undefined> {
  const inside = trainingFolder(folder);
  await mkdir(inside, { recursive: true });
  const file = join(inside, 'run.json');
  const text = `${JSON.stringify(determines, null, 2)}\n`;
  if (!existsSync(file)) {
    await assertEmpty(folder);
    await writeFileWhole(file, text);
  } else if ((await readFile(file, 'utf8')) !== text) {
    throw new InterfuseError('CHECKPOINT_MISMATCH', {
      place: file,
      expected: 'the settings and texts of this training',
      got: 'those of another',
      remedy: 'Name another output, or delete this folder to train anew.',
    });
  }
  return readPosition(join(inside, 'position.json'));
}

/** What somebody else put there would be written over. */
async function assertEmpty(folder: string): Promise<void> {
  const names = (await readdir(folder)).filter((name) => name !== 'training');
  if (names.length === 0) return;
  throw new InterfuseError('FILE_EXISTS', {
    place: folder,
    expected: 'a folder that is new, empty, or of this training',
    got: names.sort().slice(0, 5).join(', '),
    remedy: 'Name another output.',
  });
}

async function readPosition(file: string): Promise<Position | undefined> {
  if (!existsSync(file)) return undefined;
  try {
    return JSON.parse(await readFile(file, 'utf8')) as Position;
  } catch (cause) {
    throw new InterfuseError('RUN_INVALID', {
      place: file,
      expected: 'the position of a training, as JSON',
      got: (cause as Error).message,
      cause,
    });
  }
}

export async function commit(
  folder: string,
  store: Store,
  leaves: ReadonlyMap<string, Leaf>,
  progress: Omit<Position, 'file'>,
): Promise<Position> {
  const inside = trainingFolder(folder);
  const position: Position = { ...progress, file: `step-${progress.updates}.safetensors` };
  await writeVariables(join(inside, position.file), store, leaves);
  await writeFileWhole(join(inside, 'position.json'), `${JSON.stringify(position, null, 2)}\n`);
  for (const name of await readdir(inside)) {
    if (/^step-\d+\.safetensors$|^\..*\.part$/.test(name) && name !== position.file) await rm(join(inside, name));
  }
  return position;
}
