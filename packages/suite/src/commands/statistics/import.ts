/** `interfuse stats import`: the statistics of the comparison for predictions that come from anywhere. */
import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { InterfuseError, type MetricColumn, type MetricFamily, type Task } from '@interfuse/core';
import { loadFactory } from '@interfuse/core/host';
import { writeFileWhole } from '@interfuse/safetensors';
import { mean, standardDeviation } from '@interfuse/statistics';
import { type Evidence, type PredictedStrategy, weighEvidence } from '../comparison/evidence.js';
import { componentsSentence, noiseTable, pairTable } from '../comparison/evidence-tables.js';
import { formatSpread } from '../comparison/format.js';
import { markdownTable, type Table, textTable } from '../comparison/table.js';
import { readPredictionTables } from '../imported/prediction-table.js';
import { showPath } from '../show-path.js';
import type { CommandContext } from './context.js';
import { openRegistry } from './open-registry.js';

export interface ImportOptions {
  /** Id of the metric plugin. */
  readonly metrics?: string;
  /** The primary metric; default: MAE, or the first column. */
  readonly primary?: string;
  readonly margin?: number;
  /** Where a Markdown report goes, too. */
  readonly output?: string;
  /** A config that names plugins. */
  readonly config?: string;
}

/** @throws DATASET_INVALID, FILE_NOT_FOUND, PLUGIN_UNKNOWN, COMMAND_USAGE */
export async function importPredictions(
  files: readonly string[],
  options: ImportOptions,
  context: CommandContext,
): Promise<number> {
  const tables = await Promise.all(files.map((file) => readText(file, context.workingFolder)));
  const { strategies, classes } = readPredictionTables(tables);
  const task: Task =
    classes === undefined ? { kind: 'regression', range: rangeOf(strategies) } : { kind: 'classification', classes };
  const metrics = await loadMetrics(options, task, context);
  const primary = primaryColumn(metrics, options.primary);
  const { margin } = options;
  if (strategies.length < 2) {
    throw new InterfuseError('COMMAND_USAGE', {
      place: files.join(' '),
      expected: 'predictions of at least two strategies',
      got: strategies.map(({ name }) => name).join(', '),
      remedy: 'Name the strategies in a column "strategy", or give a file for each.',
    });
  }
  const ranked = rank(strategies, metrics, primary);
  const evidence = weighEvidence(ranked, { metrics, column: primary, ...(margin === undefined ? {} : { margin }) });
  const parts = reportParts(ranked, metrics, primary, evidence);
  context.terminal.out.write(`${render(parts, textTable)}\n`);
  if (options.output !== undefined) {
    const path = resolve(context.workingFolder, options.output);
    await writeFileWhole(path, `${render(parts, markdownTable)}\n`);
    context.terminal.out.write(`\nReport: ${showPath(path)}\n`);
  }
  return 0;
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

async function loadMetrics({ metrics, config }: ImportOptions, task: Task, context: CommandContext) {
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

type Ranked = PredictedStrategy & { readonly figures: readonly Record<string, number>[] };

function rank(strategies: readonly PredictedStrategy[], metrics: MetricFamily, primary: MetricColumn): Ranked[] {
  const sign = primary.better === 'lower' ? 1 : -1;
  const worth = ({ figures }: Ranked) => sign * mean(figures.map((own) => own[primary.name] as number));
  return strategies
    .map((strategy) => ({
      ...strategy,
      figures: strategy.predictions.map(({ values, labels }) => metrics.compute(values, labels)),
    }))
    .sort((one, other) => worth(one) - worth(other) || 0);
}

type Part = string | Table;

function reportParts(
  ranked: readonly Ranked[],
  metrics: MetricFamily,
  primary: MetricColumn,
  evidence: Evidence,
): Part[] {
  const names = ranked.map(({ name }) => name);
  const columns = [primary, ...metrics.columns.filter(({ name }) => name !== primary.name)];
  const spread = ({ figures }: Ranked, { name }: MetricColumn) => {
    const values = figures.map((own) => own[name] ?? Number.NaN);
    return { mean: mean(values), deviation: standardDeviation(values) };
  };
  const noise = noiseTable(evidence, names, primary);
  const { samples, groups, method } = evidence;
  return [
    `${samples} samples in ${groups} groups; mean ± standard deviation over seeds. ${primary.name} is the primary metric, all others are exploratory.`,
    {
      columns: [
        { title: 'strategy', align: 'left' },
        { title: 'seeds', align: 'right' },
        ...columns.map(({ name }) => ({ title: name, align: 'right' }) as const),
      ],
      rows: ranked.map((strategy) => [
        strategy.name,
        String(strategy.predictions.length),
        ...columns.map((column) => formatSpread(spread(strategy, column), column)),
      ]),
    },
    `Every pair: ${method}, Holm's correction over all of them.`,
    pairTable(evidence, names, primary),
    ...(noise === undefined ? [] : [noise]),
    ...componentsSentence(evidence, primary),
  ];
}

function render(parts: readonly Part[], table: (table: Table) => string): string {
  return parts.map((part) => (typeof part === 'string' ? part : table(part))).join('\n\n');
}
