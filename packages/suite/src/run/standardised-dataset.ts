/** What a run's streams are standardised by lies with its checkpoint: fitted once, used whenever the run is opened again. */
import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { type Dataset, InterfuseError, type Standardisation, type Statistics } from '@interfuse/core';
import { readAllTensors, type StoredTensor, writeSafetensors } from '@interfuse/safetensors';
import type { RunPlan } from '../experiment/plan.js';
import { pathOf } from './run-folder.js';

const parts = ['mean', 'deviation'] as const;

export function statisticsFile(folder: string): string {
  return join(pathOf(folder, 'checkpoint'), 'standardisation.safetensors');
}

/**
 * The dataset of a run, standardised by the statistics in its folder. A run that has none yet fits them on its training
 * split and stores them. Without standardisation it is the dataset as it is, and there is no file.
 *
 * @throws CHECKPOINT_MISMATCH if the file holds others than the config asks for
 */
export async function standardisedDataset({ strategy, folder }: RunPlan): Promise<Dataset> {
  const { dataset } = strategy;
  const { standardisation } = dataset;
  if (standardisation === undefined) return dataset;
  const file = statisticsFile(folder);
  if (!existsSync(file)) {
    const statistics = await standardisation.statistics();
    await mkdir(pathOf(folder, 'checkpoint'), { recursive: true });
    await writeSafetensors(file, tensorsOf(statistics));
  }
  return standardisation.with(await readStatistics(file, standardisation));
}

function tensorsOf(statistics: Statistics): Record<string, { shape: [number]; data: Float32Array }> {
  const entries = Object.entries(statistics).flatMap(([name, values]) =>
    parts.map((part) => [`${name}/${part}`, { shape: [values[part].length], data: values[part] }] as const),
  );
  return Object.fromEntries(entries) as Record<string, { shape: [number]; data: Float32Array }>;
}

async function readStatistics(file: string, { widths }: Standardisation): Promise<Statistics> {
  const stored = await readAllTensors(file);
  const describe = (shapes: readonly (readonly [string, readonly number[]])[]): string =>
    [...shapes]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([path, shape]) => `${path} [${shape.join(', ')}]`)
      .join(', ');
  const expected = describe(
    Object.entries(widths).flatMap(([name, width]) => parts.map((part) => [`${name}/${part}`, [width]] as const)),
  );
  const got = describe(Object.entries(stored).map(([path, { shape }]) => [path, shape] as const));
  if (got !== expected) throw new InterfuseError('CHECKPOINT_MISMATCH', { place: file, expected, got });
  const values = (path: string): Float32Array => (stored[path] as StoredTensor).data as Float32Array;
  const names = Object.keys(widths).map((name) => [
    name,
    { mean: values(`${name}/mean`), deviation: values(`${name}/deviation`) },
  ]);
  return Object.fromEntries(names) as Statistics;
}
