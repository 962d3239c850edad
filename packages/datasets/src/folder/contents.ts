/** A dataset folder, read and checked throughout; only the values of the streams are left for later. */
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { InterfuseError, type Sample, type SplitName } from '@interfuse/core';
import { compileSchema } from '@interfuse/core/config';
import {
  type Description,
  dataFiles,
  descriptionFile,
  descriptionSchema,
  samplesFile,
  streamFile,
} from './description.js';
import { hashBytes } from './hashes.js';
import { parseJson, readBytes } from './json-file.js';
import { fromSchema, invalid, throwFirst } from './problems.js';
import { parseSamples, sampleSchema } from './samples.js';
import { indexStream, type StreamIndex } from './stream-file.js';

export interface SplitContents {
  readonly samples: readonly Sample[];
  readonly streams: { readonly [name: string]: StreamIndex };
}

export interface Contents {
  readonly folder: string;
  readonly description: Description;
  readonly splits: { readonly [K in SplitName]: SplitContents };
}

/** Reads a folder. Errors as of `openDataset`. */
export async function readContents(folder: string): Promise<Contents> {
  const description = await readDescription(folder);
  const seen = new Map<string, string>();
  const read = (split: SplitName) => readSplit(folder, split, description, seen);
  // One after another: the ids seen in one split matter to the next.
  return {
    folder,
    description,
    splits: { train: await read('train'), valid: await read('valid'), test: await read('test') },
  };
}

async function readDescription(folder: string): Promise<Description> {
  const found = await stat(folder).catch(() => undefined);
  if (!found?.isDirectory()) {
    throw new InterfuseError('FILE_NOT_FOUND', {
      place: folder,
      expected: `a dataset folder with a ${descriptionFile}`,
      got: found ? 'a file' : 'no such folder',
    });
  }
  const file = join(folder, descriptionFile);
  const value = parseJson(file, (await readBytes(file)).toString('utf8'));
  throwFirst(fromSchema(compileSchema(descriptionSchema)(value, ''), file));
  const description = value as Description;
  throwFirst(contradictions(file, description));
  return description;
}

/** What a schema cannot say. */
function contradictions(file: string, { task, files, streams, hasText }: Description): InterfuseError[] {
  const problems: InterfuseError[] = [];
  if (task.kind === 'regression' && task.range[0] >= task.range[1]) {
    problems.push(invalid(`${file}: task.range`, 'the lower end first', JSON.stringify(task.range)));
  }
  if (!hasText && Object.keys(streams).length === 0) {
    problems.push(invalid(`${file}: streams`, 'a stream, since there is no text', 'none'));
  }
  const stray = task.kind === 'regression' ? 'classes' : 'range';
  if (stray in task) problems.push(invalid(`${file}: task.${stray}`, `nothing for ${task.kind}`, 'a value'));
  for (const [name, { width, columns, scale }] of Object.entries(streams)) {
    for (const [key, list] of Object.entries({
      columns,
      'scale.mean': scale?.mean,
      'scale.deviation': scale?.deviation,
    })) {
      if (list === undefined || list.length === width) continue;
      problems.push(invalid(`${file}: streams.${name}.${key}`, `${width} entries, one per feature`, `${list.length}`));
    }
  }
  const wanted = dataFiles(streams);
  for (const path of wanted) {
    if (!(path in files)) problems.push(invalid(`${file}: files`, `a SHA-256 of ${path}`, 'none'));
  }
  for (const path of Object.keys(files)) {
    if (!wanted.includes(path)) problems.push(invalid(`${file}: files`, `one of ${wanted.join(', ')}`, `"${path}"`));
  }
  return problems;
}

async function readSplit(
  folder: string,
  split: SplitName,
  description: Description,
  seen: Map<string, string>,
): Promise<SplitContents> {
  const file = join(folder, samplesFile(split));
  const bytes = await readBytes(file);
  const samples = parseSamples(file, bytes.toString('utf8'), seen, sampleSchema(description));
  if (samples.length === 0) {
    throw new InterfuseError('DATASET_EMPTY', { place: file, expected: 'at least one sample', got: 'none' });
  }
  const size = description.sizes[split];
  if (samples.length !== size) {
    throw invalid(file, `${size} samples, as ${descriptionFile} declares (sizes.${split})`, `${samples.length}`);
  }
  const streams: Record<string, StreamIndex> = {};
  for (const [name, shape] of Object.entries(description.streams)) {
    streams[name] = await indexStream(join(folder, streamFile(split, name)), name, shape, samples);
  }
  // Last, because what was found above says more than that something has changed.
  checkHash(file, description.files[samplesFile(split)] as string, hashBytes(bytes));
  return { samples, streams };
}

/** Compares a file's declared and actual SHA-256. */
export function checkHash(file: string, declared: string, actual: string): void {
  if (declared === actual) return;
  throw invalid(
    file,
    `SHA-256 ${declared}, as ${descriptionFile} declares`,
    actual,
    'The file has changed since the dataset was written: restore it, or write the dataset anew.',
  );
}
