/** Builds a dataset folder beside its place, stream by stream, and renames it once it is whole. */
import { mkdir, open, readdir, rename, rm, rmdir, stat } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { InterfuseError, type Sample, type SplitName } from '@interfuse/core';
import { writeFileWhole } from '@interfuse/safetensors';
import { readContents } from './contents.js';
import {
  type AuthoredDescription,
  type Description,
  dataFiles,
  descriptionFile,
  formatVersion,
  samplesFile,
  splitNames,
  streamFile,
} from './description.js';
import { hashBytes } from './hashes.js';
import { invalid } from './problems.js';
import { type StreamToWrite, type WrittenStream, writeStreamFile } from './stream-writer.js';

export interface BuildOptions {
  /** How values are stored. */
  readonly type?: 'F16' | 'F32';
  /** Put in the place of an existing dataset folder. */
  readonly replace?: boolean;
  /** Texts to lie beside, such as `card.md`. */
  readonly documents?: { readonly [name: string]: string };
  /** Aborting it removes what was written. */
  readonly signal?: AbortSignal;
}

export interface FolderBuilder {
  /** Writes a stream of a split and returns the steps of each sample. Memory holds one chunk at a time. */
  stream(split: SplitName, name: string, stream: StreamToWrite): Promise<Int32Array>;
  /** Where large intermediate files may lie; it is gone when the folder is in its place. */
  scratch(): Promise<string>;
}

/** What is known when every stream has been written. */
export interface Built {
  readonly authored: AuthoredDescription;
  readonly samples: { readonly [K in SplitName]: readonly Sample[] };
  /** Longest sequence of a stream, where the format of the source knows more than the data. */
  readonly maximumLengths?: { readonly [stream: string]: number };
  readonly documents?: { readonly [name: string]: string };
}

const scratchFolder = '.scratch';

let serial = 0;

/**
 * Writes a dataset folder that `openDataset` accepts, without holding a split in memory. What was at `folder` stays if
 * anything fails; what a process that was killed left beside it is removed by the next one.
 *
 * @throws FILE_NOT_WRITTEN; DATASET_INVALID, DATASET_NOT_FINITE, DATASET_EMPTY; the reason of an aborted signal
 */
export async function buildDataset(
  folder: string,
  { type = 'F32', replace = false, documents = {}, signal }: BuildOptions,
  build: (builder: FolderBuilder) => Promise<Built>,
): Promise<void> {
  const target = resolve(folder);
  if (!replace && (await exists(target))) {
    throw notWritten(folder, 'a path where nothing is yet', 'it exists', 'Name another path, or ask to replace it.');
  }
  await removeLeftovers(target);
  serial += 1;
  const temporary = join(dirname(target), `.${basename(target)}.${process.pid}-${serial}.part`);
  const written = new Map<string, WrittenStream>();
  const builder: FolderBuilder = {
    async stream(split, name, stream) {
      const path = streamFile(split, name);
      await mkdir(join(temporary, split), { recursive: true });
      const result = await writeStreamFile(join(temporary, path), `${split}/${name}`, stream, type, signal);
      written.set(path, result);
      return result.lengths;
    },
    async scratch() {
      const path = join(temporary, scratchFolder);
      await mkdir(path, { recursive: true });
      return path;
    },
  };
  let parents: string | undefined;
  try {
    parents = await mkdir(dirname(target), { recursive: true });
    await mkdir(temporary);
    const built = await build(builder);
    await finish(temporary, built, written);
    for (const [name, text] of Object.entries({ ...documents, ...built.documents })) {
      await writeFileWhole(join(temporary, name), text);
    }
    await rm(join(temporary, scratchFolder), { recursive: true, force: true });
    await readContents(temporary);
    signal?.throwIfAborted();
    await putInPlace(temporary, target);
  } catch (cause) {
    await rm(temporary, { recursive: true, force: true });
    if (parents !== undefined) await removeEmpty(dirname(target), parents);
    // What was cut off may say that a file could not be written.
    signal?.throwIfAborted();
    if (cause instanceof InterfuseError) throw cause;
    if ((cause as NodeJS.ErrnoException).code === undefined) throw cause;
    throw notWritten(folder, 'a folder that can be written to', cause instanceof Error ? cause.message : String(cause));
  }
}

async function finish(
  folder: string,
  { authored, samples, maximumLengths = {} }: Built,
  written: ReadonlyMap<string, WrittenStream>,
): Promise<void> {
  const sampleHashes = new Map<string, string>();
  for (const split of splitNames) {
    await mkdir(join(folder, split), { recursive: true });
    const lines = samples[split].map((sample) => `${JSON.stringify(sample)}\n`);
    await writeFileWhole(join(folder, samplesFile(split)), lines.join(''));
    sampleHashes.set(samplesFile(split), hashBytes(lines.join('')));
  }
  const longest = (stream: string) => {
    // No stream is without steps.
    let most = maximumLengths[stream] ?? 1;
    for (const split of splitNames) {
      for (const length of written.get(streamFile(split, stream))?.lengths ?? []) most = Math.max(most, length);
    }
    return most;
  };
  const streams = Object.fromEntries(
    Object.entries(authored.streams).map(([name, stream]) => [name, { ...stream, maximumLength: longest(name) }]),
  );
  const inOrder: [string, string][] = dataFiles(streams).map((path) => {
    const hash = sampleHashes.get(path) ?? written.get(path)?.sha256;
    if (hash === undefined) throw invalid(path, 'a stream that was written', 'none');
    return [path, hash];
  });
  const sizes = { train: samples.train.length, valid: samples.valid.length, test: samples.test.length };
  const description: Description = {
    formatVersion,
    ...authored,
    streams,
    sizes,
    files: Object.fromEntries(inOrder),
  };
  await writeFileWhole(join(folder, descriptionFile), `${JSON.stringify(description, null, 2)}\n`);
}

/** Renames are the last act; an existing folder is moved aside first and comes back if the second rename fails. */
async function putInPlace(temporary: string, target: string): Promise<void> {
  await flush(temporary);
  if (!(await exists(target))) return rename(temporary, target);
  const aside = `${temporary}.old`;
  await rename(target, aside);
  try {
    await rename(temporary, target);
  } catch (cause) {
    await rename(aside, target);
    throw cause;
  }
  await rm(aside, { recursive: true, force: true });
}

/** Removes a folder and those around it, up to this one, as long as nothing is in them. */
async function removeEmpty(folder: string, last: string): Promise<void> {
  for (let path = folder; path.length >= last.length; path = dirname(path)) {
    if (
      !(await rmdir(path).then(
        () => true,
        () => false,
      ))
    )
      return;
  }
}

/** The names of the files reach the disk, too, where the system has such a thing. */
async function flush(folder: string): Promise<void> {
  for (const path of [...splitNames.map((split) => join(folder, split)), folder]) {
    const handle = await open(path, 'r').catch(() => undefined);
    await handle?.sync().catch(() => undefined);
    await handle?.close();
  }
}

/** Removes what processes that are gone were writing here. */
async function removeLeftovers(target: string): Promise<void> {
  const prefix = `.${basename(target)}.`;
  for (const name of await readdir(dirname(target)).catch(() => [])) {
    const [, owner] = name.startsWith(prefix) ? (/^(\d+)-\d+\.part$/.exec(name.slice(prefix.length)) ?? []) : [];
    if (owner === undefined || isAlive(Number(owner))) continue;
    await rm(join(dirname(target), name), { recursive: true, force: true });
  }
}

function isAlive(owner: number): boolean {
  try {
    process.kill(owner, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'ESRCH';
  }
}

async function exists(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined)) !== undefined;
}

function notWritten(place: string, expected: string, got: string, remedy?: string): InterfuseError {
  return new InterfuseError('FILE_NOT_WRITTEN', { place, expected, got, ...(remedy === undefined ? {} : { remedy }) });
}
