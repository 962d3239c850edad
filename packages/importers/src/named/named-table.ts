/** Arrays with names become a table: each name tells the split and what the array is for, unless somebody says otherwise. */
import type { SplitName } from '@interfuse/core';
import { invalidImport, type NumberArray, readNumbers, type StoredArray } from '../arrays/stored-array.js';
import { nameFrom } from '../table/name.js';
import type { ImportOptions } from '../table/options.js';
import type { SplitTable, StreamTable, Table } from '../table/table.js';
import { classTask, scoreTask } from '../table/task.js';
import { parseArrayName, roleOf } from './array-names.js';
import { columnsOf } from './columns.js';

/** A stream made of an array, or of some of its features. */
export interface StreamChoice {
  readonly name: string;
  /** Name of the array without the word of the split. */
  readonly array: string;
  /** First feature and the one after the last. */
  readonly columns?: readonly [number, number];
}

export interface NamedArraysOptions extends ImportOptions {
  /** Only these streams. Default: every array of numbers that is nothing else. */
  readonly streams?: readonly StreamChoice[];
  /** The array of the scores, without the word of the split. Default: `y`, `labels` and the like. */
  readonly labels?: string;
}

const splits: readonly SplitName[] = ['train', 'valid', 'test'];

type Bases = Map<string, StoredArray>;

/** @throws IMPORT_INVALID if no split is named, or what is asked for is not there */
export async function tableOfNamed(
  arrays: ReadonlyMap<string, StoredArray>,
  place: string,
  defaultName: string,
  options: NamedArraysOptions,
): Promise<{ table: Table; notes: string[] }> {
  const bySplit: Record<SplitName, Bases> = { train: new Map(), valid: new Map(), test: new Map() };
  const unused: string[] = [];
  for (const [name, array] of arrays) {
    const parsed = parseArrayName(name);
    if (parsed === undefined) unused.push(name);
    else if (bySplit[parsed.split].has(parsed.base))
      throw invalidImport(place, 'one array of each name', `two for ${name}`);
    else bySplit[parsed.split].set(parsed.base, array);
  }
  for (const split of splits) {
    if (bySplit[split].size > 0) continue;
    const names = [...arrays.keys()].slice(0, 12).join(', ') || 'none';
    throw invalidImport(place, `arrays whose names have the word "${split}"`, names);
  }
  const read = { train: await splitOf('train'), valid: await splitOf('valid'), test: await splitOf('test') };
  async function splitOf(split: SplitName): Promise<SplitTable> {
    return readSplit(bySplit[split], `${place}: ${split}`, options, (base) => unused.push(`${split} ${base}`));
  }

  const predicted = options.task === 'classification' ? 'class' : 'score';
  const labels = splits.map((split) => read[split].labels[predicted]);
  const task = predicted === 'class' ? classTask(labels, options) : scoreTask(labels, options);
  const name = nameFrom(options.name ?? defaultName);
  const table: Table = {
    name,
    title: name,
    licence: options.licence ?? 'not stated in the file: see its makers',
    task,
    labels: Object.fromEntries(
      Object.keys(read.train.labels).map((label) =>
        label === predicted ? ['task', `the ${label}`] : [label, `the label ${label} of the file`],
      ),
    ),
    streamDescriptions: {},
    source: { title: defaultName },
    splits: { train: renamed(read.train), valid: renamed(read.valid), test: renamed(read.test) },
  };
  function renamed({ labels, ...rest }: SplitTable): SplitTable {
    const entries = Object.entries(labels).map(([label, values]) => [label === predicted ? 'task' : label, values]);
    return { ...rest, labels: Object.fromEntries(entries) };
  }
  return { table, notes: unused.length === 0 ? [] : [`Not imported: ${unused.join(', ')}.`] };
}

async function readSplit(
  arrays: Bases,
  place: string,
  { streams: choices, labels: labelArray, task }: NamedArraysOptions,
  skip: (base: string) => void,
): Promise<SplitTable> {
  const streams: Record<string, StreamTable> = {};
  const lengths: Record<string, Float64Array> = {};
  const labels: Record<string, Float64Array> = {};
  let texts: readonly string[] | undefined;
  let ids: readonly string[] | undefined;
  const wanted = task === 'classification' ? 'class' : 'score';
  for (const [base, array] of arrays) {
    const role = base === labelArray ? { kind: 'label' as const, name: wanted } : roleOf(base, array.kind === 'texts');
    if (role === undefined) skip(base);
    else if (role.kind === 'ids') ids = await textsOf(array);
    else if (role.kind === 'texts') texts = await textsOf(array);
    else if (role.kind === 'lengths') lengths[role.name] = await columnOf(array, 0);
    else if (role.kind === 'label') Object.assign(labels, await labelsOf(array, role.name));
    else if (choices === undefined) streams[role.name] = { array: stepsOf(array) };
  }
  // A file with one kind of labels may call them as it likes.
  if (task === 'classification' && !('class' in labels) && labels.score) {
    labels.class = labels.score;
    delete labels.score;
  }
  for (const { name, array, columns } of choices ?? []) {
    const found = arrays.get(array);
    if (found?.kind !== 'numbers') {
      throw invalidImport(place, `an array "${array}"`, [...arrays.keys()].join(', '));
    }
    streams[name] = { array: stepsOf(columns ? columnsOf(found, ...columns) : found) };
  }
  for (const [name, values] of Object.entries(lengths)) {
    const stream = streams[name];
    if (stream) streams[name] = { ...stream, lengths: values };
  }
  const label = labels[wanted];
  if (label === undefined) {
    throw invalidImport(place, 'an array of labels', [...arrays.keys()].join(', '), 'Name it with --labels.');
  }
  if (Object.keys(streams).length === 0)
    throw invalidImport(place, 'an array of features', [...arrays.keys()].join(', '));
  return { count: label.length, ...(ids ? { ids } : {}), ...(texts ? { texts } : {}), labels, streams };
}

async function textsOf(array: StoredArray): Promise<readonly string[]> {
  if (array.kind === 'texts') return array.texts();
  if (array.kind === 'numbers') return Array.from(await readNumbers(array), String);
  throw invalidImport(array.place, 'a text for each sample', 'sequences');
}

async function columnOf(array: StoredArray, column: number): Promise<Float64Array> {
  if (array.kind !== 'numbers') throw invalidImport(array.place, 'a number for each sample', array.kind);
  const [count = 0] = array.shape;
  const all = await readNumbers(array);
  const width = count === 0 ? 1 : all.length / count;
  return Float64Array.from({ length: count }, (_, i) => all[i * width + column] as number);
}

/** The first column is the label; others, such as the emotions of CMU-MOSEI, are further ones. */
async function labelsOf(array: StoredArray, name: string): Promise<Record<string, Float64Array>> {
  const count = array.kind === 'numbers' ? (array.shape[0] ?? 0) : 0;
  const width = array.kind === 'numbers' && count > 0 ? array.shape.reduce((a, b) => a * b, 1) / count : 1;
  const columns: Record<string, Float64Array> = {};
  for (let column = 0; column < width; column += 1) {
    columns[column === 0 ? name : `${name}_${column}`] = await columnOf(array, column);
  }
  return columns;
}

/** [samples, features] is one step for each sample. */
function stepsOf(array: StoredArray): NumberArray | Exclude<StoredArray, { kind: 'texts' }> {
  if (array.kind === 'texts') throw invalidImport(array.place, 'numbers', 'texts');
  if (array.kind !== 'numbers' || array.shape.length !== 2) return array;
  const [count, width] = array.shape as [number, number];
  return { ...array, shape: [count, 1, width] };
}
