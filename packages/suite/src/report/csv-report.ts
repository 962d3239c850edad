/** Every figure of every run as a tidy table: a row for each strategy, seed, split and metric, with what it costs beside it. Determined by the runs alone. */
import type { ReportData } from './report-data.js';

const header = [
  ...['strategy', 'language model', 'seed', 'split', 'metric', 'value', 'run'],
  ...['trained parameters', 'FLOPs of a prediction', 'FLOPs of a training example'],
];

/** A figure that is not defined, or not known, is an empty cell. */
export function csvReport({ strategies, comparison }: Pick<ReportData, 'strategies' | 'comparison'>): string {
  const rows = strategies.flatMap(({ ranked, runs }) =>
    runs.flatMap(({ result }) => {
      const { parameters, flops } = result;
      const costs = [parameters.trained, flops?.prediction ?? '', flops?.training ?? ''].map(String);
      return (['valid', 'test'] as const).flatMap((split) =>
        comparison.columns.map(({ name }) => {
          const value = result[split][name] ?? Number.NaN;
          const shown = Number.isNaN(value) ? '' : String(value);
          return [ranked.label, ranked.backbone ?? '', String(result.seed), split, name, shown, result.run, ...costs];
        }),
      );
    }),
  );
  return [header, ...rows].map((row) => `${row.map(cell).join(',')}\n`).join('');
}

function cell(text: string): string {
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
