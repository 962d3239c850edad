/** The part of a comparison's report on what strategies do inside. */
import type { MetricColumn } from '@interfuse/core';
import type { Inside } from '../introspection/inside.js';
import { runFiles } from '../run/run-folder.js';
import type { Comparison } from './comparison.js';
import { formatFigure, formatSpread } from './format.js';
import { nameOf } from './name-of.js';
import { markdownTable } from './table.js';

/** Markdown; the pages that it links to lie in the run folders beside the report. */
export function insideSections({ strategies, columns }: Comparison): string[] {
  return strategies.flatMap(({ inside, ...strategy }) =>
    inside === undefined ? [] : section(nameOf(strategy), inside, columns[0] as MetricColumn),
  );
}

function section(name: string, { runs, gates, attention, occlusion }: Inside, selected: MetricColumn): string[] {
  const pages = runs.map((run) => `[${run}](${run}/${runFiles.introspectionPage})`);
  return [
    `## Inside ${name}`,
    '',
    `On validation, with the selected weights${runs.length === 1 ? ', of one seed' : `, mean over ${runs.length} seeds`}. Pages of plots: ${pages.join(', ')}.`,
    '',
    ...(gates.length === 0 ? [] : [gateTable(gates), '']),
    ...(attention.length === 0 ? [] : [attentionTable(attention), '']),
    occlusionTable(occlusion, selected),
    '',
  ];
}

function gateTable(gates: Inside['gates']): string {
  return markdownTable({
    columns: [
      { title: 'gate', align: 'left' },
      { title: 'open', align: 'right' },
    ],
    rows: gates.map(({ name, values }) => [name, values.map((value) => value.toFixed(3)).join(' ')]),
  });
}

function attentionTable(attention: Inside['attention']): string {
  return markdownTable({
    columns: [
      { title: 'attention', align: 'left' },
      { title: 'share', align: 'right' },
      { title: 'reads as', align: 'right' },
      { title: 'of', align: 'right' },
      { title: 'most read, from 1', align: 'left' },
    ],
    rows: attention.map(({ name, axes, spread, mostRead }) => [
      `${name}, ${axes.filter(Boolean).join(' by ')}`,
      spread ? spread.share.toFixed(3) : '',
      spread ? spread.effective.toFixed(1) : '',
      spread ? spread.available.toFixed(1) : '',
      mostRead.map(({ column, mean }) => `${column} (${mean.toFixed(3)})`).join(', '),
    ]),
  });
}

function occlusionTable(occlusion: Inside['occlusion'], selected: MetricColumn): string {
  return markdownTable({
    columns: [
      { title: 'withheld', align: 'left' },
      { title: `${selected.name} worse by`, align: 'right' },
      { title: 'predictions change', align: 'right' },
    ],
    rows: occlusion.map(({ modality, worse, change }) => [
      modality,
      formatSpread(worse, selected),
      Number.isNaN(change.deviation)
        ? formatFigure(change.mean, {})
        : `${formatFigure(change.mean, {})} ± ${formatFigure(change.deviation, {})}`,
    ]),
  });
}
