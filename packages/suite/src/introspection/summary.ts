/** What an introspection says in a terminal. */
import type { MetricColumn } from '@interfuse/core';
import { formatFigure } from '../comparison/format.js';
import { textTable } from '../comparison/table.js';
import type { Figures } from '../run/result.js';
import type { AttentionMap, Gate, Introspection } from './introspection.js';

/** @param selected the column that the run was selected by */
export function introspectionSummary(found: Introspection, selected: MetricColumn): string {
  const { run, samples, epoch, gates, attention, strategy } = found;
  const nothing = `${strategy} shows neither gates nor attention (its outputs have no \`inspect\`).`;
  return [
    `${run}: validation split, ${samples} samples, weights of epoch ${epoch + 1}.`,
    '',
    ...contribution(found, selected),
    ...(gates.length + attention.length === 0 ? ['', nothing] : []),
    ...gateTable(gates),
    ...attentionTable(attention),
  ].join('\n');
}

/** How much worse the figure gets: above 0 whatever the direction of the column. */
export function lossOf({ name, better }: MetricColumn, whole: Figures, without: Figures): number {
  const [before, after] = [whole[name] ?? Number.NaN, without[name] ?? Number.NaN];
  return better === 'lower' ? after - before : before - after;
}

function contribution({ whole, occlusion, task }: Introspection, selected: MetricColumn): string[] {
  const { name } = selected;
  return [
    textTable({
      columns: [
        { title: 'withheld', align: 'left' },
        { title: name, align: 'right' },
        { title: 'worse by', align: 'right' },
        { title: task === 'regression' ? 'mean change' : 'other class', align: 'right' },
      ],
      rows: [
        ['nothing', formatFigure(whole[name] ?? Number.NaN, selected), '', ''],
        ...occlusion.map(({ modality, figures, change }) => [
          modality,
          formatFigure(figures[name] ?? Number.NaN, selected),
          formatFigure(lossOf(selected, whole, figures), selected),
          change.toFixed(4),
        ]),
      ],
    }),
  ];
}

/** Every gate: at the end of the first epoch, at the end of the last, and with the selected weights. */
function gateTable(gates: readonly Gate[]): string[] {
  if (gates.length === 0) return [];
  const show = (values: readonly number[] | undefined): string =>
    values === undefined ? '' : values.map((value) => value.toFixed(4)).join(' ');
  const table = textTable({
    columns: [
      { title: 'gate', align: 'left' },
      { title: 'first epoch', align: 'right' },
      { title: 'last epoch', align: 'right' },
      { title: 'selected', align: 'right' },
    ],
    rows: gates.map(({ name, values, byEpoch }) => [name, show(byEpoch?.[0]), show(byEpoch?.at(-1)), show(values)]),
  });
  const isRecorded = gates.every(({ byEpoch }) => byEpoch !== undefined);
  const unknown = 'This run did not record its gates by epoch: only the selected weights are known.';
  return ['', table, ...(isRecorded ? [] : [unknown])];
}

function attentionTable(attention: readonly AttentionMap[]): string[] {
  if (attention.length === 0) return [];
  const table = textTable({
    columns: [
      { title: 'attention', align: 'left' },
      { title: 'rows', align: 'right' },
      { title: 'columns', align: 'right' },
      { title: 'share', align: 'right' },
      { title: 'reads as', align: 'right' },
      { title: 'of', align: 'right' },
      { title: 'most read, from 1', align: 'left' },
    ],
    rows: attention.map(({ name, axes, mean, samples, spread }) => [
      name,
      `${mean.length} ${axes[0]}`.trim(),
      `${samples.length} ${axes[1]}`,
      spread ? spread.share.toFixed(3) : '',
      spread ? spread.effective.toFixed(1) : '',
      spread ? spread.available.toFixed(1) : '',
      mostRead({ mean, samples }),
    ]),
  });
  const legend =
    'share: how much of the attention the map shows. "reads as ... of ...": as many columns, read evenly, are as spread out.';
  return ['', table, legend];
}

/** The mean over rows of every column that at least half of the samples have, by its position from 0. */
export function columnMeans({ mean, samples }: Pick<AttentionMap, 'mean' | 'samples'>): [number, number][] {
  const common = Math.max(0, ...samples) / 2;
  const means = samples.map((_, column): [number, number] => {
    const values = mean.flatMap((row) => row[column] ?? []);
    return [column, values.reduce((sum, value) => sum + value, 0) / values.length];
  });
  return means.filter(([column, value]) => (samples[column] as number) >= common && Number.isFinite(value));
}

/** The three columns with the largest mean over rows, counted from 1. */
function mostRead(map: Pick<AttentionMap, 'mean' | 'samples'>): string {
  return columnMeans(map)
    .sort(([, one], [, other]) => other - one)
    .slice(0, 3)
    .map(([column, value]) => `${column + 1} (${value.toFixed(3)})`)
    .join(', ');
}
