/**
 * Feature files of MMSA (https://github.com/thuiar/MMSA): CMU-MOSI, CMU-MOSEI, CH-SIMS and what others wrote in the
 * same layout, `{train, valid, test}` of arrays over the samples. Files of several gigabytes are read in a stream.
 */
import { basename, extname } from 'node:path';
import type { SplitName, Task } from '@interfuse/core';
import type { ImportReport } from '@interfuse/datasets/folder';
import { invalidImport } from '../arrays/stored-array.js';
import { type ByteSource, openFile } from '../bytes/byte-source.js';
import { hashSource } from '../bytes/hash-source.js';
import { readPickle } from '../pickle/read-pickle.js';
import { PickleDictionary, type PickleValue } from '../pickle/values.js';
import { nameFrom } from '../table/name.js';
import type { ImportOptions } from '../table/options.js';
import { shapeOfStream } from '../table/pack-stream.js';
import { rangeOf } from '../table/range.js';
import type { Table } from '../table/table.js';
import { type ReadTable, writeTable } from '../table/write-table.js';
import { type KnownFile, knownFiles } from './known-files.js';
import { annotations, keysOf, labelNames, type MmsaSplit, readSplit, textFeatures } from './read-split.js';

export interface MmsaOptions extends ImportOptions {
  /** Import the BERT features, too, as the stream `bert`. */
  readonly textFeatures?: boolean;
  /** Files that are recognised by their SHA-256. Default: those that MMSA publishes. */
  readonly known?: { readonly [sha256: string]: KnownFile };
}

/** The names that splits have, ours first. */
const splitNames: { readonly [K in SplitName]: readonly string[] } = {
  train: ['train'],
  valid: ['valid', 'val', 'dev'],
  test: ['test'],
};

/** Share of the progress that hashing is. */
const hashingShare = 0.3;

/**
 * Imports a file into a dataset folder that did not exist.
 *
 * @throws PICKLE_REFUSED, PICKLE_INVALID, IMPORT_INVALID, DATASET_NOT_FINITE, FILE_NOT_FOUND, FILE_NOT_WRITTEN
 */
export async function importMmsa(file: string, folder: string, options: MmsaOptions = {}): Promise<ImportReport> {
  const source = openFile(file);
  try {
    return await writeTable(folder, options, () => readMmsa(source, options));
  } finally {
    source.close();
  }
}

async function readMmsa(source: ByteSource, options: MmsaOptions): Promise<ReadTable> {
  const { signal, progress } = options;
  progress?.(0, 'reading the structure');
  const root = await readPickle(source, { signal });
  const splits = await readSplits(root, source, options.textFeatures === true);
  requireRoom(splits, source);
  const sha256 = await hashSource(source, {
    signal,
    progress: (share) => progress?.(hashingShare * share, 'SHA-256 of the file'),
  });
  const known = (options.known ?? knownFiles)[sha256];
  return {
    table: tableOf(source.name, splits, known, options),
    sha256,
    notes: [
      known ? `The file is the published one: ${known.title}.` : 'The file is none of those that MMSA publishes.',
      ...unusedNote(splits),
    ],
    progressed: hashingShare,
  };
}

type Splits = { readonly [K in SplitName]: MmsaSplit };

async function readSplits(root: PickleValue, source: ByteSource, withTextFeatures: boolean): Promise<Splits> {
  if (!(root instanceof PickleDictionary)) {
    throw invalidImport(source.name, 'a dictionary with train, valid and test', 'another value');
  }
  const read = async (split: SplitName) => {
    const name = splitNames[split].find((candidate) => root.entries.has(candidate));
    const value = name === undefined ? undefined : root.entries.get(name);
    if (!(value instanceof PickleDictionary)) throw invalidImport(source.name, `a split "${split}"`, keysOf(root));
    return readSplit(value, `${source.name}: ${name}`, { withTextFeatures });
  };
  return { train: await read('train'), valid: await read('valid'), test: await read('test') };
}

/** A pickle can refer to one array very often; what is made of it must not be larger than the file gives reason for. */
function requireRoom(splits: Splits, source: ByteSource): void {
  let numbers = 0;
  for (const { streams } of Object.values(splits) as MmsaSplit[]) {
    for (const { array } of Object.values(streams)) {
      const { mostRows, width } = shapeOfStream(array);
      numbers += mostRows * width;
    }
  }
  // No number takes less than a byte.
  if (numbers > source.size) {
    throw invalidImport(source.name, `at most ${source.size} numbers, as the file has bytes`, `${numbers}`);
  }
}

function tableOf(file: string, splits: Splits, known: KnownFile | undefined, options: MmsaOptions): Table {
  const name = nameFrom(options.name ?? known?.name ?? basename(file, extname(file)));
  const predicted = options.task === 'classification' ? 'class' : 'score';
  const rename = (label: string) => (label === predicted ? 'task' : label);
  const present = Object.keys(splits.train.labels);
  if (!present.includes(predicted)) {
    const wanted = predicted === 'class' ? 'classification_labels' : 'regression_labels';
    throw invalidImport(file, `"${wanted}"`, present.join(', ') || 'no labels');
  }
  const task: Task =
    predicted === 'class'
      ? { kind: 'classification', classes: options.classes ?? annotations }
      : {
          kind: 'regression',
          range: options.range ?? known?.range ?? rangeOf(Object.values(splits).map(({ labels }) => labels.score)),
        };
  const split = ({ labels, ...rest }: MmsaSplit) => ({
    ...rest,
    labels: Object.fromEntries(Object.entries(labels).map(([label, values]) => [rename(label), values])),
  });
  return {
    name,
    title: known?.title ?? name,
    licence: options.licence ?? 'not stated in the file: see its makers',
    task,
    labels: Object.fromEntries(present.map((label) => [rename(label), meanings[label] as string])),
    streamDescriptions: { [textFeatures]: 'BERT features of the text' },
    source: { title: basename(file), url: 'https://github.com/thuiar/MMSA' },
    splits: { train: split(splits.train), valid: split(splits.valid), test: split(splits.test) },
  };
}

const classMeaning = annotations.map((word, index) => `${index} ${word.toLowerCase()}`).join(', ');

const meanings: { readonly [label: string]: string } = {
  ...Object.fromEntries(
    Object.entries(labelNames).map(([key, label]) => [
      label,
      label.endsWith('class') ? `${key}: ${classMeaning}` : `${key}: the score`,
    ]),
  ),
  annotation: `annotations: ${classMeaning}`,
};

function unusedNote(splits: Splits): string[] {
  const unused = new Set(Object.values(splits).flatMap((split: MmsaSplit) => split.unused));
  if (unused.size === 0) return [];
  const more = unused.has('text') ? ' (--text-features imports text as a stream)' : '';
  return [`Not imported: ${[...unused].join(', ')}${more}.`];
}
