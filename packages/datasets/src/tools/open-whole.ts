/** A dataset folder with all its splits, for tools that look at data or rearrange them. Training never gets this. */
import type { DatasetSpec, Split, SplitName } from '@interfuse/core';
import { readContents } from '../folder/contents.js';
import type { Description } from '../folder/description.js';
import { openSplit, specOf } from '../folder/open.js';

export interface WholeDataset {
  readonly folder: string;
  readonly description: Description;
  readonly spec: DatasetSpec;
  readonly splits: { readonly [K in SplitName]: Split };
  close(): Promise<void>;
}

/** Unchecked, its splits hand out values that are not finite, too. Errors as of `openDataset`. */
export async function openWhole(folder: string, options: { readonly unchecked?: boolean } = {}): Promise<WholeDataset> {
  const contents = await readContents(folder);
  const open = (name: SplitName) => openSplit(contents, name, options);
  const splits = { train: await open('train'), valid: await open('valid'), test: await open('test') };
  return {
    folder,
    description: contents.description,
    spec: specOf(contents),
    splits,
    async close() {
      await Promise.all(Object.values(splits).map((split) => split.close()));
    },
  };
}

/** Samples that are read at a time: little memory, and few reads. */
export const samplesAtOnce = 64;

/** Positions 0 to count, some at a time. */
export function* positionsOf(count: number): Generator<number[]> {
  for (let first = 0; first < count; first += samplesAtOnce) {
    yield Array.from({ length: Math.min(samplesAtOnce, count - first) }, (_, i) => first + i);
  }
}
