/** A comparison as people read it (terminal, Markdown) and as programs do (JSON). Only the terminal shows times: they are not determined by the config. */
import type { FusionPlugin, MetricColumn } from '@interfuse/core';
import { crossModalSections } from '../emap/cross-modal.js';
import { budgetTable } from './budget.js';
import { claims } from './claims.js';
import type { Comparison, RankedStrategy } from './comparison.js';
import { componentsSentence, noiseTable, pairTable } from './evidence-tables.js';
import { missingSections } from './fixed-patterns.js';
import { formatCount, formatFigure, formatFlops, formatSpread } from './format.js';
import { insideSections } from './inside-section.js';
import { nameOf } from './name-of.js';
import { stagesLine } from './stages.js';
import { fitTable, markdownTable, type Table, textTable } from './table.js';

/** For a terminal of this width; columns that do not fit are left out. */
export function textReport(comparison: Comparison, width = Number.POSITIVE_INFINITY): string {
  const whole = resultTable(comparison, { withSeconds: true });
  const metrics = comparison.columns.slice(1).map(({ name }) => name);
  const table = fitTable(whole, width, metrics);
  const shown = table.columns.map(({ title }) => title);
  const hidden = metrics.filter((name) => !shown.includes(name));
  return [
    heading(comparison),
    '',
    textTable(table),
    ...(hidden.length === 0 ? [] : [`In the report only, for want of room: ${hidden.join(', ')}.`]),
    ...stillImproving(comparison),
    '',
    ...byTag(comparison, textTable),
    ...conclusions(comparison).map((line) => `- ${line}`),
  ].join('\n');
}

/** The whole report: the table, what it shows in words, every pair, noise, and what goes on inside. */
export function markdownReport(comparison: Comparison): string {
  return [
    `# Comparison: ${comparison.name}`,
    '',
    heading(comparison),
    '',
    markdownTable(resultTable(comparison, { withSeconds: false })),
    '',
    ...stillImproving(comparison).flatMap((line) => [line, '']),
    ...byTag(comparison, markdownTable),
    ...conclusions(comparison).map((line) => `- ${line}`),
    '',
    ...evidenceSections(comparison),
    ...budgetSection(comparison),
    ...missingSections(comparison),
    ...crossModalSections(comparison),
    ...insideSections(comparison),
  ].join('\n');
}

/** Every pair, and the noise, for whoever wants to look closer. */
function evidenceSections({ evidence, strategies, columns }: Comparison): string[] {
  const column = columns[0];
  if (evidence === undefined || column === undefined) return [];
  const names = strategies.map(nameOf);
  const noise = noiseTable(evidence, names, column);
  return [
    '## Every pair',
    '',
    markdownTable(pairTable(evidence, names, column)),
    '',
    ...(noise === undefined ? [] : ['## Noise', '', markdownTable(noise), '']),
    ...componentsSentence(evidence, column).flatMap((sentence) => [sentence, '']),
  ];
}

/** Whether all were given the same. */
function budgetSection({ strategies, trials = 0 }: Comparison): string[] {
  const table = budgetTable(strategies, trials);
  return table === undefined ? [] : ['## Budget', '', markdownTable(table), ''];
}

/** The comparison and its sentences for programs; the same bytes for the same results, whatever runs were asked since. */
export function jsonReport(comparison: Comparison): string {
  const { strategies, ...rest } = comparison;
  const timeless = strategies.map(({ seconds: _seconds, missing: _missing, emap: _emap, ...strategy }) => strategy);
  return `${JSON.stringify({ ...rest, strategies: timeless, claims: claims(comparison) }, null, 2)}\n`;
}

export function heading({ dataset, seeds, columns, selectedBy }: Comparison): string {
  const count = seeds.length === 1 ? `seed ${seeds[0]}` : `mean ± standard deviation over seeds ${seeds.join(', ')}`;
  return `Test split of ${dataset}: ${count}; each epoch selected by ${selectedBy ?? columns[0]?.name} on validation.`;
}

export function resultTable(
  { columns, strategies, constant, backbones }: Comparison,
  show: { withSeconds: boolean },
): Table {
  const seconds = (text: string) => (show.withSeconds ? [text] : []);
  const ofSeveral = (text: string) => (backbones === undefined ? [] : [text]);
  const counted = (text: string) => (strategies.some(({ flops }) => flops !== undefined) ? [text] : []);
  return {
    columns: [
      { title: '#', align: 'right' },
      { title: 'strategy', align: 'left' },
      ...ofSeveral('language model').map((title) => ({ title, align: 'left' }) as const),
      { title: 'category', align: 'left' },
      ...columns.map(({ name }) => ({ title: name, align: 'right' }) as const),
      { title: 'trained', align: 'right' },
      ...counted('FLOPs').map((title) => ({ title, align: 'right' }) as const),
      ...seconds('s / run').map((title) => ({ title, align: 'right' }) as const),
    ],
    rows: [
      ...strategies.map((strategy) => [
        String(strategy.rank),
        marked(strategy),
        ...ofSeveral(strategy.backbone ?? 'none'),
        categories[strategy.category],
        ...columns.map((column) => formatSpread(strategy.figures[column.name] ?? nothing, column)),
        formatCount(strategy.trainedParameters),
        ...counted(formatFlops(strategy.flops?.prediction)),
        ...seconds(strategy.seconds.toFixed(1)),
      ]),
      [
        '',
        constant.name,
        ...ofSeveral(''),
        '',
        ...columns.map((column) => formatFigure(constant.figures[column.name] ?? Number.NaN, column)),
        '0',
        ...counted('0'),
        ...seconds(''),
      ],
    ],
  };
}

/** `late ↑2`: two of its runs were still improving. */
function marked({ label, stillImproving: runs }: RankedStrategy): string {
  return runs === 0 ? label : `${label} ↑${runs}`;
}

/** What the mark means, if a strategy has it. */
export function stillImproving({ strategies }: Comparison): string[] {
  if (strategies.every(({ stillImproving: runs }) => runs === 0)) return [];
  return [
    '↑ with a number of runs: their best epoch was the last, so they were still improving; give them more training.epochs before you compare.',
  ];
}

function byTag(comparison: Comparison, show: (table: Table) => string): string[] {
  const table = tagTable(comparison);
  if (table === undefined) return [];
  return [`${comparison.columns[0]?.name} by tag (number of samples), mean over seeds:`, '', show(table), ''];
}

/** The selected metric on the samples with each tag, if samples have tags. */
export function tagTable({ columns, strategies, tags }: Comparison): Table | undefined {
  const column = columns[0] as MetricColumn;
  const names = Object.keys(tags);
  if (names.length === 0) return undefined;
  return {
    columns: [
      { title: 'strategy', align: 'left' },
      ...names.map((tag) => ({ title: `${tag} (${tags[tag]})`, align: 'right' }) as const),
    ],
    rows: strategies.map((strategy) => [
      nameOf(strategy),
      ...names.map((tag) => formatFigure(strategy.byTag[tag]?.mean ?? Number.NaN, column)),
    ]),
  };
}

const nothing = { mean: Number.NaN, deviation: Number.NaN };

const categories: { readonly [C in FusionPlugin['category']]: string } = {
  early: 'early',
  late: 'late',
  shallow: 'shallow',
  intermediate: 'intermediate',
  deep: 'deep',
  none: 'no fusion',
};

export function conclusions(comparison: Comparison): string[] {
  const { references, columns } = comparison;
  const known = references.map(
    ({ name, value }) => `${name} ${columns[0]?.percent ? formatFigure(value, { percent: true }) : value}`,
  );
  const line = `At best, as the makers of the dataset computed (${columns[0]?.name}): ${known.join(', ')}.`;
  return [
    ...claims(comparison),
    ...(references.length === 0 ? [] : [line]),
    ...trainedBackbones(comparison),
    ...(comparison.stages === undefined ? [] : [stagesLine(comparison.stages, columns[0] as MetricColumn)]),
  ];
}

/** What of each language model trains, unless nothing does. */
function trainedBackbones({ strategies, backbones }: Comparison): string[] {
  return (backbones ?? [undefined]).flatMap((name) => {
    const own = strategies.filter(({ backbone }) => backbone === name);
    const [first] = own.flatMap(({ languageModel }) => languageModel ?? []);
    if (!first || first.trained === 0) return [];
    const { train = 'as its plugin says', trained, total } = first;
    const which = name === undefined ? 'the language model' : `the language model ${name}`;
    return [`Of ${which} trains (${train}): ${formatCount(trained)} of ${formatCount(total)} parameters.`];
  });
}
