/** Writes a dataset folder, whole or not at all: built beside its place, verified, then renamed. */
import { mkdir, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { InterfuseError, type RaggedRows, type Sample, type SplitName } from '@interfuse/core';
import { writeFileWhole, writeSafetensors } from '@interfuse/safetensors';
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
import { hashFile } from './hashes.js';
import { invalid } from './problems.js';
import { lengthsTensor, valuesTensor } from './stream-file.js';
import { verifyDataset } from './verify.js';

export interface SplitToWrite {
  readonly samples: readonly Sample[];
  /** By stream name, in the order of the samples; a sample that lacks the stream has length 0. */
  readonly streams: { readonly [name: string]: RaggedRows };
}

export type SplitsToWrite = { readonly [K in SplitName]: SplitToWrite };

export interface WriteOptions {
  /** How values are stored. */
  readonly type?: 'F16' | 'F32';
  /** Put in the place of an existing dataset folder. */
  readonly replace?: boolean;
  /** Texts to lie beside, such as `card.md`. */
  readonly documents?: { readonly [name: string]: string };
}

let serial = 0;

/**
 * Writes a dataset folder that `openDataset` accepts. What was at `folder` stays if anything fails.
 *
 * @throws FILE_NOT_WRITTEN; and what `verifyDataset` finds wrong with what was given
 */
export async function writeDataset(
  folder: string,
  authored: AuthoredDescription,
  splits: SplitsToWrite,
  { type = 'F32', replace = false, documents = {} }: WriteOptions = {},
): Promise<void> {
  const target = resolve(folder);
  if (!replace && (await exists(target))) throw notWritten(folder, 'a path where nothing is yet', 'it exists');
  serial += 1;
  const temporary = join(dirname(target), `.${basename(target)}.${process.pid}-${serial}.part`);
  try {
    await fill(temporary, authored, splits, type);
    for (const [name, text] of Object.entries(documents)) await writeFileWhole(join(temporary, name), text);
    await verifyDataset(temporary);
    await putInPlace(temporary, target);
  } catch (cause) {
    await rm(temporary, { recursive: true, force: true });
    if (cause instanceof InterfuseError) throw cause;
    throw notWritten(folder, 'a folder that can be written to', cause instanceof Error ? cause.message : String(cause));
  }
}

async function fill(
  folder: string,
  authored: AuthoredDescription,
  splits: SplitsToWrite,
  type: 'F16' | 'F32',
): Promise<void> {
  for (const name of splitNames) await writeSplit(folder, name, authored, splits[name], type);
  const streams = Object.fromEntries(
    Object.entries(authored.streams).map(([name, stream]) => [
      name,
      { ...stream, maximumLength: longest(splits, name) },
    ]),
  );
  const files: Record<string, string> = {};
  for (const path of dataFiles(streams)) files[path] = await hashFile(join(folder, path));
  const sizes = {
    train: splits.train.samples.length,
    valid: splits.valid.samples.length,
    test: splits.test.samples.length,
  };
  const description: Description = { formatVersion, ...authored, streams, sizes, files };
  await writeFileWhole(join(folder, descriptionFile), `${JSON.stringify(description, null, 2)}\n`);
}

async function writeSplit(
  folder: string,
  name: SplitName,
  { streams }: AuthoredDescription,
  split: SplitToWrite,
  type: 'F16' | 'F32',
): Promise<void> {
  await mkdir(join(folder, name), { recursive: true });
  const lines = split.samples.map((sample) => `${JSON.stringify(sample)}\n`);
  await writeFileWhole(join(folder, samplesFile(name)), lines.join(''));
  for (const [stream, { width }] of Object.entries(streams)) {
    const rows = split.streams[stream];
    if (!rows) throw invalid(`the split "${name}"`, `the stream "${stream}"`, Object.keys(split.streams).join(', '));
    if (rows.values.length % width !== 0) {
      throw invalid(`the split "${name}": ${stream}`, `a multiple of ${width} values`, `${rows.values.length}`);
    }
    await writeSafetensors(join(folder, streamFile(name, stream)), {
      [valuesTensor]: { shape: [rows.values.length / width, width], data: rows.values, type },
      [lengthsTensor]: { shape: [rows.lengths.length], data: Int32Array.from(rows.lengths) },
    });
  }
}

/** Longest sequence of a stream in any split; at least 1, since no stream is without steps. */
function longest(splits: SplitsToWrite, stream: string): number {
  return splitNames.reduce(
    (most, name) => (splits[name].streams[stream]?.lengths ?? []).reduce((a, b) => Math.max(a, b), most),
    1,
  );
}

/** Renames are the last act; an existing folder is moved aside first and comes back if the second rename fails. */
async function putInPlace(temporary: string, target: string): Promise<void> {
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

async function exists(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined)) !== undefined;
}

function notWritten(place: string, expected: string, got: string): InterfuseError {
  return new InterfuseError('FILE_NOT_WRITTEN', { place, expected, got });
}
