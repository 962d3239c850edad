/** Is the gain cross-modal? What a report says of the runs that were asked. */
import type { MetricColumn } from '@interfuse/core';
import type { Comparison } from '../comparison/comparison.js';
import { formatFigure, formatSigned } from '../comparison/format.js';
import { nameOf } from '../comparison/name-of.js';
import { markdownTable, type Table } from '../comparison/table.js';
import type { RunResult } from '../run/result.js';
import type { Emap } from './emap.js';

export interface SeededEmap extends Emap {
  readonly seed: number;
}

/** Of the first seed that was asked; figures that are not defined are NaN again. @param results in the order of the seeds */
export function firstEmap(results: readonly RunResult[], emaps: readonly Emap[]): SeededEmap | undefined {
  const [first] = results.flatMap(({ run, seed }) => {
    const own = emaps.find((emap) => emap.run === run);
    return own === undefined ? [] : [{ ...own, seed }];
  });
  return first;
}

export const crossModalTitle = 'Is the gain cross-modal?';

/** Markdown; nothing if no run was asked. */
export function crossModalSections(comparison: Comparison): string[] {
  const table = crossModalTable(comparison);
  if (table === undefined) return [];
  return [
    `## ${crossModalTitle}`,
    '',
    crossModalLegend(comparison),
    '',
    markdownTable(table),
    '',
    ...crossModalClaims(comparison).map((line) => `- ${line}`),
    '',
  ];
}

export function crossModalLegend({ columns }: Comparison): string {
  return `${columns[0]?.name} on test of one seed, and of the additive part of its predictions (EMAP): the sum of a function of each modality alone that comes closest to them where modalities are swapped between samples. What is lost without the rest is what interactions of modalities gain. The interval is of these weights over samples, not over seeds.`;
}

export function crossModalTable({ columns, strategies }: Comparison): Table | undefined {
  const [selected] = columns;
  const asked = strategies.flatMap(({ emap, ...strategy }) => (emap === undefined ? [] : [{ emap, strategy }]));
  if (selected === undefined || asked.length === 0) return undefined;
  const show = (value: number | null | undefined) => formatFigure(value ?? Number.NaN, selected);
  return {
    columns: [
      { title: 'strategy', align: 'left' },
      { title: 'seed', align: 'right' },
      { title: selected.name, align: 'right' },
      { title: 'additive part', align: 'right' },
      { title: 'worse by', align: 'right' },
      { title: '95 % interval', align: 'left' },
      { title: 'variance that is additive', align: 'right' },
    ],
    rows: asked.map(({ emap, strategy }) => {
      const { value, low, high } = lossOf(emap, selected);
      return [
        nameOf(strategy),
        String(emap.seed),
        show(emap.model[selected.name]),
        show(emap.projection[selected.name]),
        formatSigned(value, selected),
        Number.isNaN(low) ? 'n/a' : `${formatSigned(low, selected)} to ${formatSigned(high, selected)}`,
        percent(emap.additiveShare),
      ];
    }),
  };
}

/** Who gains by interactions, who does not, and who was not asked. */
export function crossModalClaims({ columns, strategies }: Comparison): string[] {
  const selected = columns[0] as MetricColumn;
  const asked = strategies.filter(({ emap }) => emap !== undefined);
  const verdictOf = ({ emap }: (typeof asked)[number]) => verdict(emap as Emap, selected);
  const says: readonly [Verdict, string][] = [
    ['gains', 'Interactions of modalities gain something'],
    ['none', 'No gain by interactions can be told from noise, so that a sum over the modalities does as well'],
    ['loses', 'Interactions of modalities cost something: the sum alone would do better'],
  ];
  const without = strategies.filter(({ emap, modality }) => emap === undefined && modality === undefined);
  return [
    ...says.flatMap(([which, sentence]) => {
      const own = asked.filter((strategy) => verdictOf(strategy) === which);
      return own.length === 0 ? [] : [`${sentence}: ${own.map(nameOf).join(', ')}.`];
    }),
    ...(without.length === 0
      ? []
      : [
          `Not asked: ${without.map(nameOf).join(', ')}. \`interfuse evaluate <run> --emap\` asks a run, if it does not read when words are spoken; the next report shows it.`,
        ]),
  ];
}

/** The same for a single run. */
export function emapSentences(emap: Emap, column: MetricColumn): string[] {
  const { pairings, complete, groups, difference } = emap;
  const { value, low, high } = lossOf(emap, column);
  const says = {
    gains: 'interactions of modalities gain something',
    none: 'no gain by interactions of modalities can be told from noise',
    loses: 'interactions of modalities cost something',
  } as const;
  const interval = `95 % interval ${formatSigned(low, column)} to ${formatSigned(high, column)} over ${difference.groups} groups of samples`;
  return [
    `The sum over ${groups.map((group) => group.join(' and ')).join(', ')} is worse by ${formatSigned(value, column)} ${column.name} (${interval}): ${says[verdict(emap, column)]}.`,
    `Of the variance of predictions ${percent(emap.additiveShare)} are additive. Every sample was evaluated with modalities of ${complete ? 'all' : pairings} others.`,
  ];
}

type Verdict = 'gains' | 'none' | 'loses';

function verdict(emap: Emap, column: MetricColumn): Verdict {
  const { low, high } = lossOf(emap, column);
  if (low > 0) return 'gains';
  return high < 0 ? 'loses' : 'none';
}

/** How much worse the additive part does; JSON has no NaN. */
function lossOf({ difference }: Emap, { better }: MetricColumn): { value: number; low: number; high: number } {
  const number = (value: number | null | undefined) => value ?? Number.NaN;
  const [first, second] = difference.interval;
  const value = number(difference.value);
  return better === 'lower'
    ? { value, low: number(first), high: number(second) }
    : { value: -value, low: -number(second), high: -number(first) };
}

function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`;
}
