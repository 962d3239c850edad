/** The error against what it costs: time, parameters that train, and operations. */
import type { MetricColumn } from '@interfuse/core';
import { type CostPoint, costPlot } from '@interfuse/plots';
import { type Drawing, figureElement, type Section } from './elements.js';
import type { Interval } from './intervals.js';
import type { ReportData } from './report-data.js';

export async function costSection(
  { comparison, strategies }: ReportData,
  intervals: readonly (Interval | undefined)[],
): Promise<Section> {
  const column = comparison.columns[0] as MetricColumn;
  const scaled = (value: number) => (column.percent ? 100 * value : value);
  const points = (costOf: (strategy: (typeof strategies)[number]) => number): CostPoint[] =>
    strategies.flatMap((strategy, index) => {
      const { name, ranked } = strategy;
      const interval = intervals[index];
      const point = {
        label: name,
        cost: costOf(strategy),
        worth: scaled(ranked.figures[column.name]?.mean ?? Number.NaN),
        ...(interval === undefined ? {} : { interval: [scaled(interval[0]), scaled(interval[1])] as const }),
      };
      return point.cost > 0 && Number.isFinite(point.worth) ? [point] : [];
    });
  const worth = `${column.name} on test (${column.better} is better)`;
  const draw = (title: string, cost: string, drawn: readonly CostPoint[]): Drawing[] =>
    drawn.length === 0
      ? []
      : [
          {
            plot: costPlot({ title, cost, worth, points: drawn }),
            description: `${column.name} on test against ${cost}, one point for each strategy`,
          },
        ];
  const engines = [...new Set(strategies.flatMap(({ runs }) => runs.map(({ result }) => result.engine)))];
  return {
    id: 'cost',
    title: 'Cost',
    body: [
      await figureElement(
        [
          ...draw(
            'By time',
            'seconds for a run',
            points(({ ranked }) => ranked.seconds),
          ),
          ...draw(
            'By size',
            'parameters that train',
            points(({ ranked }) => ranked.trainedParameters),
          ),
          ...draw(
            'By operations',
            'FLOPs of a prediction',
            points(({ ranked }) => ranked.flops?.prediction ?? 0),
          ),
        ],
        `Means over seeds, with the interval of the ranking; logarithmic across. Seconds are of preparing, training and evaluating on the machines that ran it, beside whatever else they did (engine ${engines.join(', ')}). FLOPs are of the products and convolutions, two to a term, at the full lengths of the data. A strategy in which nothing trains has no place on a logarithmic axis of size.`,
        { panels: 'large' },
      ),
    ],
  };
}
