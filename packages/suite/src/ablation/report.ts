/** An ablation as people read it (terminal, Markdown) and as programs do (JSON). */
import type { MetricColumn } from '@interfuse/core';
import type { Verdict } from '@interfuse/statistics';
import { formatCount, formatFigure, formatP, formatSigned, formatSpread } from '../comparison/format.js';
import { fitTable, markdownTable, type Table, textTable } from '../comparison/table.js';
import type { AblationPoint, AblationResult } from './ablation.js';

/** For a terminal of this width; columns that do not fit are left out. */
export function textAblation(result: AblationResult, width = Number.POSITIVE_INFINITY): string {
  const dispensable = result.columns.slice(1).map(({ name }) => name);
  return [
    result.question.title,
    ...heading(result),
    '',
    textTable(fitTable(ablationTable(result), width, dispensable)),
    ...stillImproving(result),
    '',
    ...result.claims.map((line) => `- ${line}`),
  ].join('\n');
}

/** @param drawing path of the plot, relative to the report */
export function markdownAblation(result: AblationResult, drawing: string): string {
  const { question, claims } = result;
  return [
    `# Ablation, ${question.id}: ${question.title}`,
    '',
    ...heading(result),
    '',
    `![${result.columns[0]?.name} by ${question.axis.title}](${drawing})`,
    '',
    markdownTable(ablationTable(result)),
    '',
    ...stillImproving(result).flatMap((line) => [line, '']),
    ...claims.map((line) => `- ${line}`),
    '',
  ].join('\n');
}

export function jsonAblation(result: AblationResult): string {
  return `${JSON.stringify(result, null, 2)}\n`;
}

/** What is asked, what the paper says to it, and how it was measured. */
export function heading({ question, dataset, seeds, columns }: AblationResult): string[] {
  const measured = `Test split of ${dataset}: ${
    seeds.length === 1 ? `seed ${seeds[0]}` : `mean ± standard deviation over seeds ${seeds.join(', ')}`
  }; each epoch selected by ${columns[0]?.name} on validation.`;
  return [`${question.asks} The paper: ${lowerFirst(question.paper)}`, '', measured];
}

export function ablationTable({ question, columns, points }: AblationResult): Table {
  const [selected, ...others] = columns as [MetricColumn, ...MetricColumn[]];
  const right = (title: string) => ({ title, align: 'right' }) as const;
  return {
    columns: [
      question.axis.scale === 'number' ? right(question.axis.title) : { title: question.axis.title, align: 'left' },
      right(selected.name),
      right('95 % interval'),
      { title: 'against', align: 'left' },
      right('better by'),
      right('95 % interval of it'),
      right('p'),
      { title: 'verdict', align: 'left' },
      ...others.map(({ name }) => right(name)),
      right('trained'),
    ],
    rows: points.map((point) => [
      `${point.label}${point.stillImproving === 0 ? '' : ` ↑${point.stillImproving}`}`,
      formatSpread(point, selected),
      showInterval(point.interval, (value) => formatFigure(value, selected)),
      ...differenceCells(point, selected),
      ...others.map((column) => formatSpread(point.figures[column.name] ?? nothing, column)),
      formatCount(point.trainedParameters),
    ]),
  };
}

const nothing = { mean: Number.NaN, deviation: Number.NaN };

const verdicts: { readonly [V in Verdict]: string } = {
  different: 'different',
  equivalent: 'equivalent',
  undecided: 'cannot be told apart',
  untested: 'one seed',
};

function differenceCells({ difference }: AblationPoint, column: MetricColumn): string[] {
  if (difference === undefined) return ['', '', '', '', ''];
  const signed = (value: number) => formatSigned(value, column);
  const { from, mean, interval, p, verdict } = difference;
  return [
    from,
    signed(mean),
    showInterval(interval, signed),
    verdict === 'untested' ? '' : formatP(p),
    verdicts[verdict],
  ];
}

function showInterval(interval: readonly [number, number] | undefined, show: (value: number) => string): string {
  return interval === undefined ? '' : interval.map(show).join(' to ');
}

function stillImproving({ points }: AblationResult): string[] {
  return points.some((point) => point.stillImproving > 0)
    ? ['↑2: two of its runs were best in the last epoch that they were given, so they were still improving.']
    : [];
}

function lowerFirst(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1);
}
