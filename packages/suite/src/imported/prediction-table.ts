/** Predictions that were made elsewhere: tables with a line for every strategy, seed and sample. */
import { basename, dirname, extname } from 'node:path';
import { InterfuseError } from '@interfuse/core';
import { type Row, readTable } from '@interfuse/datasets/recordings';
import type { PredictedStrategy } from '../comparison/evidence.js';
import type { Predictions } from '../run/predictions.js';

export interface PredictionTable {
  readonly file: string;
  readonly text: string;
}

export interface ImportedPredictions {
  readonly strategies: readonly PredictedStrategy[];
  /** Of the logits, if it is a classification. */
  readonly classes?: readonly string[];
}

/** One sample as it stands in a table. */
interface Line {
  readonly place: string;
  readonly id: string;
  readonly group: string;
  readonly label: number;
  readonly values: readonly number[];
}

/**
 * Columns: id, label, and prediction (or `logit <class>` for each class); strategy and seed, which are otherwise taken
 * from the name of the file (`mult-s3.csv`) or, of a run's `predictions.csv`, of its folder; group; split, of which only `test` counts.
 *
 * @throws DATASET_INVALID with the line: a cell that is missing or no number, a sample that is there twice, and samples
 *   that one strategy has and another lacks
 */
export function readPredictionTables(tables: readonly PredictionTable[]): ImportedPredictions {
  const runs = new Map<string, Map<string, Map<string, Line>>>();
  let outputs: readonly string[] | undefined;
  for (const { file, text } of tables) {
    const rows = readTable(file, text).filter(({ cells }) => cells.split === undefined || cells.split === 'test');
    const [first] = rows;
    if (first === undefined) throw invalid(file, 'a line for each sample of the test split', 'none');
    const own = outputsOf(first);
    outputs ??= own;
    if (own.join() !== outputs.join()) throw invalid(file, `the columns ${outputs.join(', ')}`, own.join(', '));
    const named = nameOfFile(file);
    for (const row of rows) {
      const seeds = entry(runs, row.cells.strategy ?? named.strategy, () => new Map());
      const lines = entry(seeds, row.cells.seed ?? named.seed, () => new Map<string, Line>());
      const line = readLine(row, own);
      const before = lines.get(line.id);
      if (before)
        throw invalid(row.place, 'each sample once for a strategy and a seed', `${line.id}, as on ${before.place}`);
      lines.set(line.id, line);
    }
  }
  const classes = (outputs ?? []).flatMap((name) => (name === 'prediction' ? [] : [name.replace(/^logit /, '')]));
  const [firstRun] = [...runs.values()].flatMap((seeds) => [...seeds.values()]);
  const order = [...(firstRun?.values() ?? [])];
  return {
    strategies: [...runs].map(([name, seeds]) => ({
      name,
      predictions: [...seeds].map(([seed, lines]) => inOrder(`${name}, seed ${seed}`, lines, order)),
    })),
    ...(classes.length === 0 ? {} : { classes }),
  };
}

function outputsOf({ place, cells }: Row): string[] {
  const names = Object.keys(cells);
  const outputs = names.filter((name) => name === 'prediction' || name.startsWith('logit '));
  if (outputs.length > 0) return outputs;
  throw invalid(place, 'a column "prediction", or "logit <class>" for each class', `columns ${names.join(', ')}`);
}

/** `mult-s3.csv`, `mult_seed3.csv`, `mult-s3-0f3c9a52/predictions.csv`: strategy mult, seed 3. */
function nameOfFile(file: string): { strategy: string; seed: string } {
  const own = basename(file, extname(file));
  const stem = own === 'predictions' ? basename(dirname(file)).replace(/-[0-9a-f]{8}$/, '') : own;
  const [, strategy, seed] = /^(.+?)[-_.]s(?:eed)?[-_]?(\d+)$/i.exec(stem) ?? [];
  return { strategy: strategy ?? stem, seed: seed ?? '1' };
}

function readLine({ place, cells }: Row, outputs: readonly string[]): Line {
  const number = (column: string): number => {
    const value = Number(cells[column] ?? Number.NaN);
    if (Number.isFinite(value)) return value;
    throw invalid(`${place}: ${column}`, 'a finite number', cells[column] ?? 'nothing');
  };
  const { id } = cells;
  if (id === undefined) throw invalid(`${place}: id`, 'the id of the sample', 'nothing');
  return { place, id, group: cells.group ?? id, label: number('label'), values: outputs.map(number) };
}

/** The samples in the order of the first run. */
function inOrder(run: string, lines: ReadonlyMap<string, Line>, order: readonly Line[]): Predictions {
  const own = order.map(({ id, label, group, place }) => {
    const line = lines.get(id);
    if (line === undefined) throw invalid(run, `a prediction for ${id}, which stands on ${place}`, 'none');
    if (line.label !== label) throw invalid(`${line.place}: label`, `${label}, as on ${place}`, String(line.label));
    return { ...line, group };
  });
  if (lines.size > order.length) {
    const known = new Set(order.map(({ id }) => id));
    const extra = [...lines.values()].find(({ id }) => !known.has(id)) as Line;
    throw invalid(extra.place, 'only samples that every strategy and seed has', extra.id);
  }
  return {
    ids: own.map(({ id }) => id),
    groups: own.map(({ group }) => group),
    labels: Float32Array.from(own, ({ label }) => label),
    values: Float32Array.from(own.flatMap(({ values }) => values)),
  };
}

function entry<K, V>(map: Map<K, V>, key: K, create: () => V): V {
  const known = map.get(key) ?? create();
  map.set(key, known);
  return known;
}

function invalid(place: string, expected: string, got: string): InterfuseError {
  return new InterfuseError('DATASET_INVALID', { place, expected, got });
}
