/** Missing modalities: the selected metric of every strategy given some of them alone; for runs that were asked for the whole matrix, at every drop rate, too. */
import type { MetricColumn } from '@interfuse/core';
import { cellsPlot } from '@interfuse/plots';
import { mean } from '@interfuse/statistics';
import { missingLegend, missingTable, notAsked } from '../comparison/fixed-patterns.js';
import { formatFigure } from '../comparison/format.js';
import { type Drawing, figureElement, paragraph, type Section, tableElement } from './elements.js';
import type { ReportData, ReportedStrategy } from './report-data.js';

/** Nothing if no run was asked. */
export async function missingSection({ comparison, strategies }: ReportData): Promise<Section | undefined> {
  const table = missingTable(comparison);
  if (table === undefined) return undefined;
  const column = comparison.columns[0] as MetricColumn;
  const asked = strategies.map((strategy) => ({ strategy, cells: cellsOf(strategy, column) }));
  const figures = asked.flatMap(({ cells }) => cells.map(({ figure }) => figure)).filter(Number.isFinite);
  const [least, most] = [Math.min(...figures), Math.max(...figures)];
  const worse = (figure: number) => {
    const share = most === least ? 0 : (figure - least) / (most - least);
    return column.better === 'lower' ? share : 1 - share;
  };
  const drawings = asked.flatMap(({ strategy: { name }, cells }): Drawing[] => {
    if (cells.length === 0) return [];
    const names = (of: 'kept' | 'rate') => [...new Set(cells.map((cell) => cell[of]))];
    const plot = cellsPlot({
      title: name,
      rows: { title: 'whole', names: names('kept') },
      columns: { title: 'share of samples without each other modality', names: names('rate') },
      cells: cells.map(({ kept, rate, figure }) => ({
        row: kept,
        column: rate,
        text: formatFigure(figure, column),
        shade: Number.isFinite(figure) ? worse(figure) : 0,
      })),
      size: [54, 26],
    });
    return [{ plot, description: `${column.name} of ${name} on test with modalities missing` }];
  });
  const legend = `${column.name} on test (${column.better} is better), mean over the seeds that were asked for every drop rate. The darker, the worse, on one scale for all.`;
  return {
    id: 'missing',
    title: 'Missing modalities',
    body: [
      paragraph(missingLegend(comparison)),
      tableElement(table),
      ...(drawings.length === 0 ? [] : [await figureElement(drawings, legend, { panels: 'large' })]),
      ...notAsked(comparison).map(paragraph),
    ],
  };
}

interface MissingCell {
  readonly kept: string;
  readonly rate: string;
  readonly figure: number;
}

/** Of the whole matrices, which all have the same cells. */
function cellsOf({ runs }: ReportedStrategy, column: MetricColumn): MissingCell[] {
  const matrices = runs.flatMap(({ missing }) => (missing !== undefined && missing.rates.length > 1 ? [missing] : []));
  const [first] = matrices;
  return (first?.cells ?? []).map(({ kept, rate }, index) => ({
    kept: kept.join(' + '),
    rate: `${Math.round(100 * rate)} %`,
    figure: mean(matrices.map(({ cells }) => cells[index]?.test.figures[column.name] ?? Number.NaN)),
  }));
}
