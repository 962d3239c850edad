/** The ranking: what is said of it, the table, and every strategy with its interval and its seeds. */
import type { MetricColumn } from '@interfuse/core';
import { pointsPlot } from '@interfuse/plots';
import { formatFigure } from '../comparison/format.js';
import { conclusions, resultTable, stillImproving, tagTable } from '../comparison/report.js';
import type { Table } from '../comparison/table.js';
import { figureElement, listElement, paragraph, type Section, tableElement } from './elements.js';
import type { Interval } from './intervals.js';
import type { ReportData } from './report-data.js';

export function claimsSection({ comparison }: ReportData): Section {
  return {
    id: 'claims',
    title: 'What can be said',
    body: [listElement(conclusions(comparison))],
  };
}

export async function rankingSection(
  { comparison, strategies }: ReportData,
  intervals: readonly (Interval | undefined)[],
): Promise<Section> {
  const { constant, seeds, strategies: ranked } = comparison;
  const column = comparison.columns[0] as MetricColumn;
  const scaled = (value: number) => (column.percent ? 100 * value : value);
  const bar = constant.figures[column.name] ?? Number.NaN;
  const rules = Number.isFinite(bar) ? [{ label: constant.name, value: scaled(bar) }] : [];
  const plot = pointsPlot({
    title: `${column.name} on test`,
    axis: { title: 'strategy', scale: 'category' },
    figure: `${column.name} (${column.better} is better)`,
    points: strategies.map(({ name, ranked: { perSeed, figures, category } }, index) => {
      const interval = intervals[index];
      return {
        label: name,
        mean: scaled(figures[column.name]?.mean ?? Number.NaN),
        ...(interval === undefined ? {} : { interval: [scaled(interval[0]), scaled(interval[1])] as const }),
        values: perSeed.map(scaled),
        isReference: category === 'none',
      };
    }),
    rules,
  });
  const yardsticks = ranked.some(({ category }) => category === 'none') ? ' Orange: strategies that fuse nothing.' : '';
  const over = seeds.length === 1 ? 'samples; one seed shows nothing of the noise of training' : 'seeds and samples';
  const tags = tagTable(comparison);
  return {
    id: 'ranking',
    title: 'Ranking',
    body: [
      tableElement(withIntervals(resultTable(comparison, { withSeconds: true }), column, intervals)),
      ...stillImproving(comparison).map(paragraph),
      await figureElement(
        [{ plot, description: `${column.name} of every strategy on test, with interval and single seeds` }],
        `Filled: mean over seeds, with its 95 % interval over ${over}${column.perSample ? '' : ' (crossed bootstrap)'}. Rings: one seed each. Dashed: predicting the ${constant.name}.${yardsticks} The intervals are of each strategy by itself; whether two differ is told by their paired difference, below.`,
      ),
      ...(tags === undefined
        ? []
        : [paragraph(`${column.name} by tag (number of samples), mean over seeds:`), tableElement(tags)]),
    ],
  };
}

/** After the metric that ranks. */
function withIntervals(table: Table, column: MetricColumn, intervals: readonly (Interval | undefined)[]): Table {
  const at = table.columns.findIndex(({ title }) => title === column.name) + 1;
  const shown = intervals.map((interval) =>
    interval === undefined ? 'n/a' : interval.map((end) => formatFigure(end, column)).join(' to '),
  );
  return {
    columns: table.columns.toSpliced(at, 0, { title: '95 % interval', align: 'right' }),
    // The constant prediction, in the last row, has no seeds.
    rows: table.rows.map((row, index) => row.toSpliced(at, 0, shown[index] ?? '')),
  };
}
