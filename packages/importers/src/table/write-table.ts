/** Writes a table as a dataset folder: ids, texts and labels at once, every stream in chunks. */
import type { Sample, SplitName } from '@interfuse/core';
import type { ImportReport } from '@interfuse/datasets/folder';
import { type Built, buildDataset, type FolderBuilder } from '@interfuse/datasets/folder';
import { invalidImport, type NumberArray } from '../arrays/stored-array.js';
import { identify } from './identify.js';
import type { ImportOptions } from './options.js';
import {
  commonWindows,
  newCounts,
  type PackCounts,
  packStream,
  remarksOn,
  shapeOfStream,
  type Windows,
} from './pack-stream.js';
import type { SplitTable, Table } from './table.js';
import { checkLabels } from './task.js';

const splits: readonly SplitName[] = ['train', 'valid', 'test'];

/** A table, and where it is from. */
export interface ReadTable {
  readonly table: Table;
  /** Of the file that was imported. */
  readonly sha256?: string;
  /** What was noticed while reading. */
  readonly notes: readonly string[];
  /** Share of the progress that was made by reading it. */
  readonly progressed?: number;
}

/** @throws IMPORT_INVALID, DATASET_NOT_FINITE, DATASET_INVALID, FILE_NOT_WRITTEN */
export async function writeTable(
  folder: string,
  { nonFinite = 'refuse', keepPadding = false, replace = false, signal, progress }: ImportOptions,
  readTable: (builder: FolderBuilder) => Promise<ReadTable>,
): Promise<ImportReport> {
  let report: ImportReport | undefined;
  await buildDataset(folder, { replace, ...(signal ? { signal } : {}) }, async (builder) => {
    const { table, sha256, notes: before, progressed = 0 } = await readTable(builder);
    const notes = [...before];
    const shapes = checkTable(table);
    const identities = identify(table, notes);
    const names = Object.keys(shapes);
    const total = splits.reduce((sum, split) => sum + numbersOf(table.splits[split]), 0);
    let done = 0;
    const onRead = (count: number, what: string) => {
      done += count;
      progress?.(progressed + (1 - progressed) * (total === 0 ? 1 : done / total), what);
    };

    const samples: Record<SplitName, Sample[]> = { train: [], valid: [], test: [] };
    const counts: Record<string, PackCounts> = {};
    for (const split of splits) {
      const { count, streams, texts, labels } = table.splits[split];
      const windows = keepPadding ? new Map<string, Windows>() : await sharedWindows(table.splits[split]);
      const lengths: Record<string, Int32Array> = {};
      for (const name of names) {
        const stream = streams[name] as NonNullable<(typeof streams)[string]>;
        counts[name] ??= newCounts();
        const { width, mostRows } = shapeOfStream(stream.array);
        const shared = windows.get(name);
        const chunks = packStream(
          stream,
          {
            nonFinite,
            keepPadding,
            onRead: (read) => onRead(read, `${split}/${name}`),
            ...(shared === undefined ? {} : { windows: shared }),
          },
          counts[name],
        );
        lengths[name] = await builder.stream(split, name, { width, count, mostRows, chunks });
      }
      samples[split] = Array.from({ length: count }, (_, i): Sample => {
        const missing = names.filter((name) => lengths[name]?.[i] === 0);
        const text = texts?.[i] ?? '';
        const known = Object.entries(labels).filter(([, values]) => !Number.isNaN(values[i]));
        return {
          ...(identities[split][i] as Sample),
          ...(text === '' ? {} : { text }),
          labels: Object.fromEntries(known.map(([label, values]) => [label, values[i] as number])),
          ...(missing.length === 0 ? {} : { missing }),
        };
      });
    }
    notes.push(...Object.entries(counts).flatMap(([name, found]) => remarksOn(name, found)));
    const maximumLengths = Object.fromEntries(names.map((name) => [name, shapes[name]?.longest as number]));
    report = {
      folder,
      name: table.name,
      title: table.title,
      sizes: { train: samples.train.length, valid: samples.valid.length, test: samples.test.length },
      streams: Object.fromEntries(
        names.map((name) => [
          name,
          { width: shapes[name]?.width as number, maximumLength: maximumLengths[name] as number },
        ]),
      ),
      notes,
    };
    return { authored: describe(table, shapes, sha256), samples, maximumLengths };
  });
  return report as ImportReport;
}

interface Shape {
  readonly width: number;
  readonly longest: number;
}

/** Counts, widths and labels against each other, before anything is written. */
function checkTable(table: Table): { readonly [stream: string]: Shape } {
  const shapes: Record<string, Shape> = {};
  const names = Object.keys(table.splits.train.streams);
  for (const split of splits) {
    const { count, ids, texts, labels, streams } = table.splits[split];
    if (count === 0) throw invalidImport(`${table.title}: ${split}`, 'at least one sample', 'none');
    const odd = [...Object.keys(streams), ...names].find((name) => !(name in streams) || !names.includes(name));
    if (odd !== undefined) throw invalidImport(`${table.title}: ${odd}`, 'the same streams in every split', split);
    for (const [name, { array, lengths }] of Object.entries(streams)) {
      const shape = shapeOfStream(array);
      requireCount(`${array.place}`, shape.count, count);
      if (lengths) requireCount(`${array.place}: lengths`, lengths.length, count);
      const before = shapes[name];
      if (before && before.width !== shape.width) {
        throw invalidImport(array.place, `${before.width} features, as in train`, `${shape.width}`);
      }
      shapes[name] = { width: shape.width, longest: Math.max(before?.longest ?? 1, shape.longest) };
    }
    if (ids) requireCount(`${table.title}: ${split}: ids`, ids.length, count);
    if (texts) requireCount(`${table.title}: ${split}: texts`, texts.length, count);
    for (const [label, values] of Object.entries(labels)) {
      requireCount(`${table.title}: ${split}: ${label}`, values.length, count);
    }
    checkTask(table, split);
  }
  return shapes;
}

function requireCount(place: string, got: number, expected: number): void {
  if (got !== expected) throw invalidImport(place, `${expected}, as many as there are samples`, String(got));
}

function checkTask({ title, task, splits: tables }: Table, split: SplitName): void {
  const values = tables[split].labels.task;
  if (values === undefined) throw invalidImport(`${title}: ${split}`, 'labels', 'none');
  checkLabels(task, values, (sample) => `${title}: ${split}: label of sample ${sample}`);
}

function numbersOf({ streams }: SplitTable): number {
  return Object.values(streams).reduce((sum, { array }) => {
    const { mostRows, width } = shapeOfStream(array);
    return sum + mostRows * width;
  }, 0);
}

/** Streams without declared lengths that have the same number of steps keep step with each other. */
async function sharedWindows({ streams }: SplitTable): Promise<Map<string, Windows>> {
  const bySteps = new Map<number, [string, NumberArray][]>();
  for (const [name, { array, lengths }] of Object.entries(streams)) {
    if (lengths !== undefined || array.kind !== 'numbers') continue;
    const steps = array.shape[1] as number;
    bySteps.set(steps, [...(bySteps.get(steps) ?? []), [name, array]]);
  }
  const windows = new Map<string, Windows>();
  for (const together of bySteps.values()) {
    if (together.length < 2) continue;
    const common = await commonWindows(together.map(([, array]) => array));
    for (const [name] of together) windows.set(name, common);
  }
  return windows;
}

function describe(table: Table, shapes: { readonly [stream: string]: Shape }, sha256?: string): Built['authored'] {
  return {
    name: table.name,
    title: table.title,
    task: table.task,
    hasText: splits.some((split) => table.splits[split].texts?.some((text) => text !== '')),
    streams: Object.fromEntries(
      Object.entries(shapes).map(([name, { width }]) => {
        const description = table.streamDescriptions[name];
        return [
          name,
          {
            width,
            ...(description === undefined ? {} : { description }),
            ...(stepsAreWords(table, name) ? { stepsAre: 'words' as const } : {}),
          },
        ];
      }),
    ),
    labels: table.labels,
    licence: table.licence,
    sources: [{ ...table.source, ...(sha256 === undefined ? {} : { sha256 }) }],
  };
}

function stepsAreWords({ splits: tables }: Table, stream: string): boolean {
  return splits.every((split) => tables[split].streams[stream]?.stepsAreWords === true);
}
