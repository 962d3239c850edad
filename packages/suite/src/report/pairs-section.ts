/** Differences: every strategy against the first, and every pair as a table. */
import type { MetricColumn } from '@interfuse/core';
import { pointsPlot } from '@interfuse/plots';
import { componentsSentence, noiseTable, pairTable, verdicts } from '../comparison/evidence-tables.js';
import { formatP } from '../comparison/format.js';
import { figureElement, folded, paragraph, type Section, tableElement } from './elements.js';
import type { ReportData } from './report-data.js';

/** Nothing for a single strategy. */
export async function pairsSection({ comparison, strategies }: ReportData): Promise<Section | undefined> {
  const { evidence, columns } = comparison;
  const column = columns[0] as MetricColumn;
  if (evidence === undefined) return undefined;
  const names = strategies.map(({ name }) => name);
  const noise = noiseTable(evidence, names, column);
  const scaled = (value: number) => (column.percent ? 100 * value : value);
  // Positions are by rank: the first of a pair with the best is the best.
  const withBest = evidence.pairs.filter(({ one }) => one === 0);
  const plot = pointsPlot({
    title: `${column.name}, minus that of ${names[0]}`,
    axis: { title: 'strategy', scale: 'category' },
    figure: `difference of ${column.name} (${column.better === 'lower' ? 'right' : 'left'} of 0: worse)`,
    points: withBest.map(({ other, difference, interval, holmP, verdict }) => ({
      label: `${names[other]}: ${verdicts[verdict]}${Number.isNaN(holmP) ? '' : `, p ${formatP(holmP)}`}`,
      mean: scaled(-difference),
      ...(interval.some(Number.isNaN) ? {} : { interval: [scaled(-interval[1]), scaled(-interval[0])] as const }),
      values: [],
      isReference: verdict === 'different',
    })),
    rules: [{ label: 'no difference', value: 0 }],
  });
  return {
    id: 'differences',
    title: 'Differences',
    body: [
      await figureElement(
        [
          {
            plot,
            description: `Difference of ${column.name} of every strategy from ${names[0]}, with interval and verdict`,
          },
        ],
        `Paired by seed and sample (${evidence.method}). The interval, 95 %, is of the one difference; the verdict and its p are corrected by Holm for all ${evidence.pairs.length} pairs. Orange: different.`,
      ),
      folded(`Every pair (${evidence.pairs.length})`, tableElement(pairTable(evidence, names, column))),
      ...(noise === undefined
        ? []
        : [folded('Noise', [tableElement(noise), ...componentsSentence(evidence, column).map(paragraph)].join('\n'))]),
    ],
  };
}
