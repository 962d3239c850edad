/** `predictions.csv`: what a run predicts for each sample of validation and test. */
import { readFile } from 'node:fs/promises';
import { InterfuseError, type Sample, type Split, type Task } from '@interfuse/core';
import { readTable } from '@interfuse/datasets/recordings';
import { pathOf } from './run-folder.js';

export interface SplitPredictions {
  readonly split: Split;
  /** [samples x outputs]. */
  readonly values: Float32Array;
}

export function predictionsCsv(task: Task, parts: readonly SplitPredictions[]): string {
  const outputs = outputColumns(task);
  const header = ['split', 'id', 'group', 'label', ...outputs];
  const rows = parts.flatMap(({ split, values }) =>
    split.samples.map(({ id, group = '', labels }, row) => {
      const predicted = values.subarray(row * outputs.length, (row + 1) * outputs.length);
      return [split.name, id, group, labels.task ?? '', ...Array.from(predicted, shortest)];
    }),
  );
  return linesOf([header, ...rows]);
}

/** For samples that are in no split: a line each, with the class that is predicted where there are classes. */
export function samplesCsv(task: Task, samples: readonly Sample[], values: Float32Array): string {
  const outputs = outputColumns(task);
  const isOfClasses = task.kind === 'classification';
  const header = ['id', ...(isOfClasses ? ['class'] : []), ...outputs];
  const rows = samples.map(({ id }, row) => {
    const predicted = [...values.subarray(row * outputs.length, (row + 1) * outputs.length)];
    const likeliest = isOfClasses ? [task.classes[predicted.indexOf(Math.max(...predicted))] as string] : [];
    return [id, ...likeliest, ...predicted.map(shortest)];
  });
  return linesOf([header, ...rows]);
}

function outputColumns(task: Task): string[] {
  return task.kind === 'regression' ? ['prediction'] : task.classes.map((name) => `logit ${name}`);
}

function linesOf(rows: readonly (readonly (string | number)[])[]): string {
  return rows.map((row) => `${row.map(cell).join(',')}\n`).join('');
}

/** Predictions for the labelled samples of a split. */
export interface Predictions {
  readonly ids: readonly string[];
  /** Of every sample; its id where it has none. */
  readonly groups: readonly string[];
  readonly labels: Float32Array;
  /** [samples x outputs]. */
  readonly values: Float32Array;
}

/** Of a finished run. @throws RUN_INVALID */
export async function readPredictions(folder: string, split: Split['name']): Promise<Predictions> {
  const place = pathOf(folder, 'predictions');
  const text = await readFile(place, 'utf8').catch((cause) => {
    throw new InterfuseError('RUN_INVALID', {
      place,
      expected: 'the predictions of a finished run',
      got: String(cause),
      cause,
    });
  });
  return parsePredictions(place, text, split);
}

/** @param text of the file at `place`; @throws RUN_INVALID if a cell is no number, DATASET_INVALID if it is no table */
export function parsePredictions(place: string, text: string, split: Split['name']): Predictions {
  const rows = readTable(place, text).filter(({ cells }) => cells.split === split && cells.label !== undefined);
  const outputs = Object.keys(rows[0]?.cells ?? {}).filter(
    (name) => name === 'prediction' || name.startsWith('logit '),
  );
  const number = ({ place: line, cells }: (typeof rows)[number], column: string) => {
    const value = Number(cells[column] ?? Number.NaN);
    if (Number.isFinite(value)) return value;
    throw new InterfuseError('RUN_INVALID', {
      place: `${line}: ${column}`,
      expected: 'a finite number',
      got: cells[column] ?? 'nothing',
    });
  };
  return {
    ids: rows.map(({ cells }) => cells.id ?? ''),
    groups: rows.map(({ cells }) => cells.group ?? cells.id ?? ''),
    labels: Float32Array.from(rows, (row) => number(row, 'label')),
    values: Float32Array.from(rows.flatMap((row) => outputs.map((output) => number(row, output)))),
  };
}

/** Nine digits give back every float32. */
function shortest(value: number): number {
  return Number(value.toPrecision(9));
}

function cell(value: string | number): string {
  const text = String(value);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
