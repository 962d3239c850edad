/** Learning curves: the selected metric on validation by epoch, one panel for each strategy. */
import { lossColumn, type MetricColumn } from '@interfuse/core';
import { type CurvePoint, curvePlot, type Domain } from '@interfuse/plots';
import { mean } from '@interfuse/statistics';
import { domainOf } from './domain.js';
import { figureElement, type Section } from './elements.js';
import type { ReportData, ReportedRun } from './report-data.js';

export async function curvesSection({ comparison, strategies }: ReportData): Promise<Section> {
  const column = comparison.columns[0] as MetricColumn;
  const scaled = (value: number) => (column.percent ? 100 * value : value);
  const valueAt = ({ history }: ReportedRun, epoch: number) => scaled(history[epoch]?.valid[column.name] ?? Number.NaN);
  const curves = strategies.map(({ runs }): CurvePoint[] => {
    const epochs = Math.max(...runs.map(({ history }) => history.length));
    return Array.from({ length: epochs }, (_, epoch) => {
      const values = runs.map((run) => valueAt(run, epoch)).filter(Number.isFinite);
      return { x: epoch + 1, mean: mean(values), range: [Math.min(...values), Math.max(...values)] as Domain };
    }).filter((point) => Number.isFinite(point.mean));
  });
  const x = { title: 'epoch', domain: [1, Math.max(2, ...curves.map((curve) => curve.at(-1)?.x ?? 1))] as const };
  const y = { title: `valid ${column.name}`, domain: domainOf(curves.flat().flatMap(({ range = [] }) => [...range])) };
  const drawings = strategies.map(({ name, runs }, index) => ({
    plot: curvePlot({
      title: name,
      x,
      y,
      curve: curves[index] ?? [],
      others: curves.filter((_, other) => other !== index),
      marks: runs
        .map((run) => ({ x: run.result.selected.epoch + 1, y: valueAt(run, run.result.selected.epoch) }))
        .filter((mark) => Number.isFinite(mark.y)),
    }),
    description: `${column.name} of ${name} on validation, by epoch`,
  }));
  const by =
    comparison.selectedBy === undefined
      ? ''
      : `, which ${comparison.selectedBy} on validation (${lossColumn.better} is better) selected`;
  return {
    id: 'learning-curves',
    title: 'Learning curves',
    body: [
      await figureElement(
        drawings,
        `${column.name} on validation (${column.better} is better): mean over seeds, and from the least to the most. Rings: the selected epoch of each seed${by}. Faint: the other strategies. Where a seed stopped early, the mean is over those that went on.`,
      ),
    ],
  };
}
