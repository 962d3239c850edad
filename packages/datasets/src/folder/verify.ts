/** The thorough check of a dataset folder: every hash, every value. */
import { join } from 'node:path';
import type { DatasetSpec } from '@interfuse/core';
import { type Contents, checkHash, readContents } from './contents.js';
import { splitNames } from './description.js';
import { hashFile } from './hashes.js';
import { openSplit, specOf } from './open.js';

/** Samples read at a time: little memory, and few reads. */
const samplesAtOnce = 64;

export interface VerifyOptions {
  readonly signal?: AbortSignal;
  /** Called with the share that is done, and with what is being read. */
  readonly progress?: (share: number, doing: string) => void;
}

/**
 * Reads all of a dataset folder and throws at the first thing that is wrong: what `openDataset` finds, a file that is
 * not the one declared, a value that is not finite.
 */
export async function verifyDataset(folder: string, options: VerifyOptions = {}): Promise<DatasetSpec> {
  const contents = await readContents(folder);
  await checkValues(contents, options);
  const files = Object.entries(contents.description.files);
  for (const [index, [path, declared]] of files.entries()) {
    options.progress?.(0.5 + index / files.length / 2, `SHA-256 of ${path}`);
    const file = join(folder, path);
    checkHash(file, declared, await hashFile(file, options.signal));
  }
  return specOf(contents);
}

async function checkValues(contents: Contents, { signal, progress }: VerifyOptions): Promise<void> {
  const { sizes, streams } = contents.description;
  const total = 2 * Object.keys(streams).length * splitNames.reduce((sum, name) => sum + sizes[name], 0);
  let done = 0;
  for (const name of splitNames) {
    const split = await openSplit(contents, name);
    try {
      for (const stream of Object.keys(streams)) {
        for (let first = 0; first < split.samples.length; first += samplesAtOnce) {
          const count = Math.min(samplesAtOnce, split.samples.length - first);
          await split.read(
            stream,
            Array.from({ length: count }, (_, i) => first + i),
          );
          done += count;
          progress?.(done / total, `${name}/${stream}`);
          signal?.throwIfAborted();
        }
      }
    } finally {
      await split.close();
    }
  }
}
