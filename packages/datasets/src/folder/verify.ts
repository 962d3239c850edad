/** The thorough check of a dataset folder: every hash, every value. */
import { join } from 'node:path';
import type { DatasetSpec } from '@interfuse/core';
import { type Contents, checkHash, readContents } from './contents.js';
import { splitNames } from './description.js';
import { hashFile } from './hashes.js';
import { openSplit, specOf } from './open.js';

/** Samples read at a time: little memory, and few reads. */
const samplesAtOnce = 64;

/**
 * Reads all of a dataset folder and throws at the first thing that is wrong: what `openDataset` finds, a file that is
 * not the one declared, a value that is not finite.
 */
export async function verifyDataset(folder: string): Promise<DatasetSpec> {
  const contents = await readContents(folder);
  await checkValues(contents);
  for (const [path, declared] of Object.entries(contents.description.files)) {
    const file = join(folder, path);
    checkHash(file, declared, await hashFile(file));
  }
  return specOf(contents);
}

async function checkValues(contents: Contents): Promise<void> {
  for (const name of splitNames) {
    const split = await openSplit(contents, name);
    try {
      for (const stream of Object.keys(contents.description.streams)) {
        for (let first = 0; first < split.samples.length; first += samplesAtOnce) {
          const count = Math.min(samplesAtOnce, split.samples.length - first);
          await split.read(
            stream,
            Array.from({ length: count }, (_, i) => first + i),
          );
        }
      }
    } finally {
      await split.close();
    }
  }
}
