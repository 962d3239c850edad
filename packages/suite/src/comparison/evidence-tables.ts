/** The evidence of a comparison as tables: every pair, the chance of being best, and where the noise comes from. */
import type { MetricColumn } from '@interfuse/core';
import type { Verdict } from '@interfuse/statistics';
import type { Evidence } from './evidence.js';
import { formatFigure, formatP, formatSigned } from './format.js';
import type { Table } from './table.js';

export const verdicts: { readonly [V in Verdict]: string } = {
  different: 'different',
  equivalent: 'equivalent',
  undecided: 'cannot be told apart',
  untested: 'not tested',
};

/** A row for each pair. */
export function pairTable({ pairs, margin }: Evidence, names: readonly string[], column: MetricColumn): Table {
  const show = (value: number) => formatSigned(value, column);
  const withMargin = (text: string) => (margin === undefined ? [] : [text]);
  return {
    columns: [
      { title: 'one', align: 'left' },
      { title: 'other', align: 'left' },
      { title: `${column.name}, one - other`, align: 'right' },
      { title: '95 % interval', align: 'right' },
      { title: 'p', align: 'right' },
      { title: 'p (Holm)', align: 'right' },
      ...withMargin(`p, within ${margin}`).map((title) => ({ title, align: 'right' }) as const),
      { title: 'verdict', align: 'left' },
    ],
    rows: pairs.map(({ one, other, difference, interval, p, holmP, equivalenceP, verdict }) => [
      names[one] as string,
      names[other] as string,
      show(difference),
      interval.some(Number.isNaN) ? 'n/a' : `${show(interval[0])} to ${show(interval[1])}`,
      formatP(p),
      formatP(holmP),
      ...withMargin(formatP(equivalenceP ?? Number.NaN)),
      verdicts[verdict],
    ]),
  };
}

/** A row for each strategy: how likely it is the best, and how much its seeds differ; none for a bootstrap. */
export function noiseTable(evidence: Evidence, names: readonly string[], column: MetricColumn): Table | undefined {
  const { probabilityOfBest, components } = evidence;
  if (probabilityOfBest === undefined || components === undefined) return undefined;
  return {
    columns: [
      { title: 'strategy', align: 'left' },
      { title: 'chance to be the best', align: 'right' },
      { title: 'deviation between its seeds', align: 'right' },
      { title: 'moderated', align: 'right' },
    ],
    rows: names.map((name, index) => [
      name,
      formatShare(probabilityOfBest[index] as number),
      formatFigure(components.seeds[index]?.own ?? Number.NaN, column),
      formatFigure(components.seeds[index]?.moderated ?? Number.NaN, column),
    ]),
  };
}

/** Where the noise of a difference comes from, in one sentence; none for a bootstrap. */
export function componentsSentence({ components }: Evidence, column: MetricColumn): string[] {
  if (components === undefined || Number.isNaN(components.strategyByGroup)) return [];
  const { groups, strategyByGroup, counts } = components;
  const show = (value: number) => formatFigure(value, column);
  const unit = counts.groups === counts.items ? 'samples' : 'groups of samples';
  return [
    `Deviation of ${column.name} between ${unit}: ${show(groups)} in what all strategies share, which cancels in a difference, and ${show(strategyByGroup)} in the difference of two strategies, which only more ${unit} make up for.`,
  ];
}

function formatShare(share: number): string {
  return Number.isNaN(share) ? 'n/a' : `${Math.round(100 * share)} %`;
}
