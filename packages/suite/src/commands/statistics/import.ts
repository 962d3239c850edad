/** `interfuse stats import`: the statistics of the comparison for predictions that come from anywhere. */
import { resolve } from 'node:path';
import { InterfuseError, type MetricColumn, type MetricFamily } from '@interfuse/core';
import { writeFileWhole } from '@interfuse/safetensors';
import { mean, standardDeviation } from '@interfuse/statistics';
import { type Evidence, type PredictedStrategy, weighEvidence } from '../../comparison/evidence.js';
import { componentsSentence, noiseTable, pairTable } from '../../comparison/evidence-tables.js';
import { formatSpread } from '../../comparison/format.js';
import { markdownTable, type Table, textTable } from '../../comparison/table.js';
import { showPath } from '../../show-path.js';
import type { CommandContext } from '../context.js';
import { readTables, type TableOptions } from './read-tables.js';

export interface ImportOptions extends TableOptions {
  readonly margin?: number;
  /** Where a Markdown report goes, too. */
  readonly output?: string;
}

/** @throws DATASET_INVALID, FILE_NOT_FOUND, PLUGIN_UNKNOWN, COMMAND_USAGE */
export async function importPredictions(
  files: readonly string[],
  options: ImportOptions,
  context: CommandContext,
): Promise<number> {
  const { strategies, metrics, primary } = await readTables(files, options, context);
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
