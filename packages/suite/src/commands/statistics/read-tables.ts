/** Tables of predictions with the metrics that they are weighed by, as the commands on them are told. */
import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { InterfuseError, type MetricColumn, type MetricFamily, type Task } from '@interfuse/core';
import { loadFactory } from '@interfuse/core/host';
import type { PredictedStrategy } from '../../comparison/evidence.js';
import { readPredictionTables } from '../../imported/prediction-table.js';
import type { CommandContext } from '../context.js';
import { openRegistry } from '../open-registry.js';

export interface TableOptions {
  /** Id of the metric plugin. */
  readonly metrics?: string;
  /** The primary metric; default: MAE, or the first column. */
  readonly primary?: string;
  /** A config that names plugins. */
  readonly config?: string;
}

export interface ReadTables {
  readonly strategies: readonly PredictedStrategy[];
  readonly metrics: MetricFamily;
  readonly primary: MetricColumn;
}

/** @throws DATASET_INVALID, FILE_NOT_FOUND, PLUGIN_UNKNOWN, COMMAND_USAGE */
export async function readTables(
  files: readonly string[],
  options: TableOptions,
  context: CommandContext,
): Promise<ReadTables> {
  const tables = await Promise.all(files.map((file) => readText(file, context.workingFolder)));
  const { strategies, classes } = readPredictionTables(tables);
  const task: Task =
    classes === undefined ? { kind: 'regression', range: rangeOf(strategies) } : { kind: 'classification', classes };
  const metrics = await loadMetrics(options, task, context);
  return { strategies, metrics, primary: primaryColumn(metrics, options.primary) };
}

async function readText(file: string, folder: string): Promise<{ file: string; text: string }> {
  try {
    return { file, text: await readFile(resolve(folder, file), 'utf8') };
  } catch (cause) {
    throw new InterfuseError('FILE_NOT_FOUND', {
      place: file,
      expected: 'a table of predictions (CSV)',
      got: cause instanceof Error ? cause.message : String(cause),
      cause,
    });
  }
}

function rangeOf(strategies: readonly PredictedStrategy[]): [number, number] {
  const labels = strategies[0]?.predictions[0]?.labels ?? [];
  return [Math.min(...labels), Math.max(...labels)];
}

async function loadMetrics({ metrics, config }: TableOptions, task: Task, context: CommandContext) {
  const registry = await openRegistry(config, context);
  const plugin = registry.get('metric', metrics ?? task.kind, '--metrics');
  if (!plugin.task.includes(task.kind)) {
    throw new InterfuseError('COMMAND_USAGE', {
      place: '--metrics',
      expected: `metrics for ${task.kind}`,
      got: `${plugin.id}, for ${plugin.task.join(' or ')}`,
    });
  }
  const create = await loadFactory(plugin);
  return create({} as never, { task });
}

function primaryColumn({ columns }: MetricFamily, wanted: string | undefined): MetricColumn {
  const name = wanted ?? (columns.some((column) => column.name === 'MAE') ? 'MAE' : columns[0]?.name);
  const column = columns.find((each) => each.name === name);
  if (column !== undefined) return column;
  throw new InterfuseError('COMMAND_USAGE', {
    place: '--primary',
    expected: `one of ${columns.map((each) => each.name).join(', ')}`,
    got: String(name),
  });
}
