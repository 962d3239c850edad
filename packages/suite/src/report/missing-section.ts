/** Missing modalities: the selected metric for every subset of them and every drop rate, where runs were asked for it. */
import type { MetricColumn } from '@interfuse/core';
import { cellsPlot } from '@interfuse/plots';
import { mean } from '@interfuse/statistics';
import { formatFigure } from '../comparison/format.js';
import { type Drawing, figureElement, paragraph, type Section } from './elements.js';
import type { ReportData, ReportedStrategy } from './report-data.js';

/** Nothing if no run was asked. */
export async function missingSection({ comparison, strategies }: ReportData): Promise<Section | undefined> {
  const column = comparison.columns[0] as MetricColumn;
  const asked = strategies.map((strategy) => ({ strategy, cells: cellsOf(strategy, column) }));
  const figures = asked.flatMap(({ cells }) => cells.map(({ figure }) => figure)).filter(Number.isFinite);
  if (figures.length === 0) return undefined;
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
  const without = strategies.filter(({ runs }) => runs.every(({ missing }) => missing === undefined));
  return {
    id: 'missing',
    title: 'Missing modalities',
    body: [
      await figureElement(
        drawings,
        `${column.name} on test (${column.better} is better), mean over the seeds that were asked. The darker, the worse, on one scale for all.`,
        { panels: 'large' },
      ),
      ...(without.length === 0
        ? []
        : [
            paragraph(
              `Not asked: ${without.map(({ name }) => name).join(', ')}. \`interfuse evaluate <run> --missing\` asks a run; the next report shows it.`,
            ),
          ]),
    ],
  };
}

interface MissingCell {
  readonly kept: string;
  readonly rate: string;
  readonly figure: number;
}

function cellsOf({ runs }: ReportedStrategy, column: MetricColumn): MissingCell[] {
  const matrices = runs.flatMap(({ missing }) => missing ?? []);
  const [first] = matrices;
  return (first?.cells ?? []).map(({ kept, rate }, index) => ({
    kept: kept.join(' + '),
    rate: `${Math.round(100 * rate)} %`,
    figure: mean(matrices.map(({ cells }) => cells[index]?.test.figures[column.name] ?? Number.NaN)),
  }));
}
