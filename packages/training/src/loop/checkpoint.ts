/** Checkpoints: variables in safetensors files, checked path by path when they are read, and the commitment of an epoch. */
import { mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import {
  type FusionModule,
  type HostTensor,
  InterfuseError,
  type Leaf,
  type Store,
  type TrainingSettings,
} from '@interfuse/core';
import { readAllTensors, writeSafetensors } from '@interfuse/safetensors';
import { modelLeaves, trainingLeaves } from '../steps/variables.js';
import { type BestEpoch, checkpointFolder, type Position, readPosition, writePosition } from './position.js';

/** What training changes in a model: trainable parameters and state. The rest is as the leaves declare it. */
export function weightLeaves(module: FusionModule): Map<string, Leaf> {
  return new Map([...modelLeaves(module)].filter(([path, leaf]) => leaf.train || path.startsWith('state/')));
}

/** What a continued training needs: the weights and what the optimizer remembers. Accumulators are zero after an epoch. */
export function resumeLeaves(module: FusionModule, settings: TrainingSettings): Map<string, Leaf> {
  const optimizer = [...trainingLeaves(module, { ...settings, accumulate: 1, pieceSize: 0 })].filter(
    ([path]) => !path.startsWith('parameters/') && !path.startsWith('state/'),
  );
  return new Map([...weightLeaves(module), ...optimizer]);
}

/** Writes the values of these leaves of a store, each under its path, whole or not at all. */
export async function writeVariables(file: string, store: Store, leaves: ReadonlyMap<string, Leaf>): Promise<void> {
  const values = Object.entries(await store.read([...leaves.keys()]));
  await writeSafetensors(file, Object.fromEntries(values.map(([path, { shape, data }]) => [path, { shape, data }])));
}

/**
 * Puts the values of a file in place of those of the store, all of them or none.
 *
 * @throws CHECKPOINT_MISMATCH naming the paths that are missing, surplus or of another shape
 */
export async function readVariables(file: string, store: Store, leaves: ReadonlyMap<string, Leaf>): Promise<void> {
  const stored = await readAllTensors(file);
  const differences = [
    ...Object.keys(stored).flatMap((path) => (leaves.has(path) ? [] : [`surplus: ${path}`])),
    ...[...leaves].flatMap(([path, { shape }]) => {
      const tensor = stored[path];
      if (!tensor) return [`missing: ${path}`];
      if (tensor.shape.join() === shape.join()) return [];
      return [`misshapen: ${path} is [${tensor.shape.join(', ')}] instead of [${shape.join(', ')}]`];
    }),
  ];
  if (differences.length > 0) {
    throw new InterfuseError('CHECKPOINT_MISMATCH', {
      place: file,
      expected: `the ${leaves.size} variables of this model, with their shapes`,
      got: differences.join('; '),
    });
  }
  const values = Object.entries(stored).map(([path, tensor]): [string, HostTensor] => [
    path,
    { ...tensor, type: 'float32' },
  ]);
  await store.write(Object.fromEntries(values));
}

/** Writes the end of an epoch to disk: weights, then the position that names them; then what no position names goes. */
export async function commitEpoch(
  folder: string,
  store: Store,
  { module, settings }: { readonly module: FusionModule; readonly settings: TrainingSettings },
  progress: Omit<Position, 'files'>,
): Promise<Position> {
  const checkpoints = checkpointFolder(folder);
  await mkdir(checkpoints, { recursive: true });
  const epoch = progress.history.length - 1;
  const files = { last: `last-${epoch}.safetensors`, best: `best-${progress.best.epoch}.safetensors` };
  await writeVariables(join(checkpoints, files.last), store, resumeLeaves(module, settings));
  if (progress.best.epoch === epoch) {
    await writeVariables(join(checkpoints, files.best), store, weightLeaves(module));
  }
  const position: Position = { ...progress, files };
  await writePosition(folder, position);
  await removeOthers(checkpoints, Object.values(files));
  return position;
}

/** Weights of earlier epochs, and what a killed process left half written. */
async function removeOthers(checkpoints: string, keep: readonly string[]): Promise<void> {
  const ours = /^(last|best)-\d+\.safetensors$|^\..*\.part$/;
  for (const name of await readdir(checkpoints)) {
    if (ours.test(name) && !keep.includes(name)) await rm(join(checkpoints, name));
  }
}

/** Absolute path of the selected weights of a training. @throws RUN_INVALID if no epoch has ended in this run folder */
export async function bestWeightsFile(folder: string): Promise<string> {
  return join(checkpointFolder(folder), (await selectedPosition(folder)).files.best);
}

/**
 * Puts the weights of the selected epoch into a store that holds the variables of the model.
 *
 * @throws CHECKPOINT_MISMATCH, RUN_INVALID
 */
export async function loadBest(folder: string, store: Store, module: FusionModule): Promise<BestEpoch> {
  const { best, files } = await selectedPosition(folder);
  await readVariables(join(checkpointFolder(folder), files.best), store, weightLeaves(module));
  return best;
}

async function selectedPosition(folder: string): Promise<Position> {
  const position = await readPosition(folder);
  if (position) return position;
  throw new InterfuseError('RUN_INVALID', {
    place: checkpointFolder(folder),
    expected: 'position.json, of a training of at least one epoch',
    got: 'none',
  });
}
