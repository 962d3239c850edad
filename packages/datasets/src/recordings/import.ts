/**
 * A dataset from recordings: a table that names WAV, FLAC and MP3 files, CSV files of OpenFace, texts and labels. Features are computed
 * on the way: `audio` are 16 columns of prosody and spectrum, `vision` the intensities of action units.
 */
import { readFile } from 'node:fs/promises';
import { basename, dirname, isAbsolute, join } from 'node:path';
import { notOpened, type RaggedRows, type Sample, type SplitName, type Task } from '@interfuse/core';
import { describeSound, pool, poolActionUnits, readOpenFace, readSound } from '@interfuse/features';
import { type AuthoredDescription, splitNames } from '../folder/description.js';
import type { ImportReport } from '../folder/import-report.js';
import { readBytes } from '../folder/json-file.js';
import { invalid } from '../folder/problems.js';
import { type SplitToWrite, writeDataset } from '../folder/write.js';
import { audioColumns } from '../staged/audio-columns.js';
import { type Row, readTable } from './table.js';

export interface RecordingsSettings {
  readonly name: string;
  readonly title: string;
  readonly licence: string;
  /** For classification the column `label` holds names of classes. */
  readonly task: Task;
  readonly stepsPerSecond?: number;
  readonly replace?: boolean;
  /** Aborting it leaves nothing behind. */
  readonly signal?: AbortSignal;
  /** Called now and then with the share that is done, and what is being done. */
  readonly progress?: (share: number, doing: string) => void;
}

/** Columns of the table; `label` and `split` are required, and a recording or a text in every row. */
const columns = ['id', 'split', 'label', 'text', 'audio', 'vision', 'speaker', 'group'] as const;

interface Recording {
  readonly split: SplitName;
  readonly sample: Sample;
  readonly streams: { readonly [stream: string]: Float32Array };
}

/**
 * Writes a dataset folder from a table of recordings; paths are relative to the table. The stream audio is standardised
 * with the means and deviations of train.
 *
 * @throws DATASET_INVALID, FILE_NOT_FOUND, FILE_UNREADABLE, FEATURES_INPUT, PACKAGE_ABSENT, with the line of the table or the file; nothing
 * is written then
 */
export async function importRecordings(
  table: string,
  folder: string,
  settings: RecordingsSettings,
): Promise<ImportReport> {
  const { stepsPerSecond = 8, task, replace = false, signal, progress } = settings;
  const text = (await readBytes(table)).toString('utf8');
  const rows = readTable(table, text);
  const recordings: Recording[] = [];
  let units: readonly string[] | undefined;
  for (const [index, row] of rows.entries()) {
    signal?.throwIfAborted();
    progress?.(index / rows.length, 'computing features');
    const { split, sample } = sampleOf(row, task);
    const streams: Record<string, Float32Array> = {};
    const { audio, vision } = row.cells;
    if (audio !== undefined) {
      const file = beside(table, audio);
      const sound = await readSound(await readMedia(file, `${row.place}: audio`), file);
      streams.audio = pool(describeSound(sound, {}, file), audioColumns, stepsPerSecond);
    }
    if (vision !== undefined) {
      const file = beside(table, vision);
      const read = readOpenFace((await readMedia(file, `${row.place}: vision`)).toString('utf8'), file);
      units ??= read.names;
      if (read.names.join() !== units.join()) throw invalid(file, units.join(', '), read.names.join(', '));
      streams.vision = poolActionUnits(read, stepsPerSecond);
    }
    recordings.push({ split, sample, streams });
  }
  const names = ['audio', 'vision'].filter((name) => recordings.some(({ streams }) => streams[name] !== undefined));
  const hasText = recordings.some(({ sample }) => sample.text !== undefined);
  const scale = names.includes('audio') ? scaleOf(recordings) : undefined;
  const description: AuthoredDescription = {
    name: settings.name,
    title: settings.title,
    task,
    hasText,
    streams: {
      ...(scale && {
        audio: { width: audioColumns.length, columns: audioColumns.map(({ name }) => name), scale, stepsPerSecond },
      }),
      ...(units && { vision: { width: units.length, columns: units, stepsPerSecond } }),
    },
    labels: { task: 'the label to be predicted' },
    licence: settings.licence,
    sources: [{ title: basename(table) }],
  };
  const splitOf = (split: SplitName): SplitToWrite => {
    const own = recordings.filter((recording) => recording.split === split);
    const samples = own.map(({ sample, streams }) => {
      const missing = names.filter((name) => streams[name] === undefined);
      return missing.length === 0 ? sample : { ...sample, missing };
    });
    return { samples, streams: Object.fromEntries(names.map((name) => [name, packed(own, name, description, scale)])) };
  };
  const splits = { train: splitOf('train'), valid: splitOf('valid'), test: splitOf('test') };
  await writeDataset(folder, description, splits, { replace, ...(signal === undefined ? {} : { signal }) });
  const { name, title } = settings;
  const sizes = { train: 0, valid: 0, test: 0 };
  for (const { split } of recordings) sizes[split] += 1;
  const lengthOf = (stream: string): number => {
    const width = description.streams[stream]?.width as number;
    return Math.max(...recordings.map(({ streams }) => (streams[stream]?.length ?? 0) / width));
  };
  const streams = names.map((stream): [string, { width: number; maximumLength: number }] => [
    stream,
    { width: description.streams[stream]?.width as number, maximumLength: lengthOf(stream) },
  ]);
  const notes = names.flatMap((stream) => {
    const without = recordings.filter((recording) => recording.streams[stream] === undefined).length;
    return without === 0 ? [] : [`${stream}: ${without} of ${recordings.length} samples are without it.`];
  });
  return { folder, name, title, sizes, streams: Object.fromEntries(streams), notes };
}

function sampleOf({ place, cells }: Row, task: Task): { split: SplitName; sample: Sample } {
  const unknown = Object.keys(cells).find((column) => !(columns as readonly string[]).includes(column));
  if (unknown !== undefined) throw invalid(`${place}: ${unknown}`, `one of the columns ${columns.join(', ')}`, unknown);
  const { id = cells.audio ?? cells.vision, split, label, text, speaker, group } = cells;
  if (id === undefined) throw invalid(`${place}: id`, 'an id, or a recording whose path serves as one', 'neither');
  const known = splitNames.find((name) => name === split);
  if (known === undefined) throw invalid(`${place}: split`, splitNames.join(', '), split ?? 'nothing');
  return {
    split: known,
    sample: {
      id,
      labels: { task: labelOf(label, task, place) },
      ...(text === undefined ? {} : { text }),
      ...(speaker === undefined ? {} : { speaker }),
      ...(group === undefined && speaker === undefined ? {} : { group: group ?? (speaker as string) }),
    },
  };
}

function labelOf(label: string | undefined, task: Task, place: string): number {
  if (task.kind === 'classification') {
    const index = task.classes.indexOf(label ?? '');
    if (index !== -1) return index;
    throw invalid(`${place}: label`, `one of ${task.classes.join(', ')}`, label ?? 'nothing');
  }
  const value = Number(label ?? Number.NaN);
  if (value >= task.range[0] && value <= task.range[1]) return value;
  throw invalid(`${place}: label`, `a number from ${task.range.join(' to ')}`, label ?? 'nothing');
}

function beside(table: string, path: string): string {
  return isAbsolute(path) ? path : join(dirname(table), path);
}

async function readMedia(file: string, place: string): Promise<Buffer> {
  try {
    return await readFile(file);
  } catch (cause) {
    throw notOpened(file, 'a file that can be read', cause, place);
  }
}

interface Scale {
  readonly mean: readonly number[];
  readonly deviation: readonly number[];
}

/** Of every column of audio over all steps of train; a column that never changes keeps its scale. */
function scaleOf(recordings: readonly Recording[]): Scale {
  const rows = recordings.flatMap(({ split, streams }) => (split === 'train' && streams.audio ? [streams.audio] : []));
  const width = audioColumns.length;
  const steps = rows.reduce((sum, { length }) => sum + length / width, 0);
  const average = (of: (value: number, column: number) => number) =>
    audioColumns.map((_, column) => {
      let sum = 0;
      for (const values of rows) {
        for (let at = column; at < values.length; at += width) sum += of(values[at] as number, column);
      }
      return sum / Math.max(1, steps);
    });
  const mean = average((value) => value);
  const deviation = average((value, column) => (value - (mean[column] as number)) ** 2).map((v) => Math.sqrt(v) || 1);
  return { mean, deviation };
}

function packed(
  own: readonly Recording[],
  stream: string,
  { streams }: AuthoredDescription,
  scale: Scale | undefined,
): RaggedRows {
  const width = streams[stream]?.width as number;
  const lengths = own.map((recording) => (recording.streams[stream]?.length ?? 0) / width);
  const values = new Float32Array(lengths.reduce((sum, length) => sum + length, 0) * width);
  let filled = 0;
  for (const recording of own) {
    const rows = recording.streams[stream] ?? new Float32Array(0);
    rows.forEach((value, at) => {
      const column = at % width;
      const { mean, deviation } = stream === 'audio' && scale ? scale : { mean: [], deviation: [] };
      values[filled + at] = (value - (mean[column] ?? 0)) / (deviation[column] ?? 1);
    });
    filled += rows.length;
  }
  return { values, lengths };
}
