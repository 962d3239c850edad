/** `introspection.html`: the introspection of a run as one page, which loads nothing from anywhere. */
import type { MetricColumn } from '@interfuse/core';
import { barChart, escapeText, heatMap, lineChart } from './drawings.js';
import type { AttentionMap, Grid, Introspection } from './introspection.js';
import { lossOf } from './summary.js';

export function introspectionPage(found: Introspection, selected: MetricColumn): string {
  const { run, samples, epoch } = found;
  const body = [
    `<h1>Inside ${escapeText(run)}</h1>`,
    `<p>Validation split, ${samples} samples; weights of epoch ${epoch + 1}. The numbers are in <code>introspection.json</code>.</p>`,
    ...occlusionSection(found, selected),
    ...gatesSection(found),
    ...attentionSection(found),
    ...singlesSection(found),
  ];
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>Inside ${escapeText(run)}</title>
<style>body{font:14px/1.45 sans-serif;max-width:70rem;margin:2rem auto;padding:0 1rem;color:#222}figure{margin:1rem 0;overflow-x:auto}figcaption{color:#555}</style>
${body.join('\n')}
</html>
`;
}

const figure = (caption: string, drawing: string): string =>
  `<figure><figcaption>${escapeText(caption)}</figcaption>${drawing}</figure>`;

function occlusionSection({ occlusion, whole, task }: Introspection, selected: MetricColumn): string[] {
  const losses = occlusion.map(({ modality, figures }) => ({
    name: modality,
    value: lossOf(selected, whole, figures),
  }));
  const changes = occlusion.map(({ modality, change }) => ({ name: modality, value: change }));
  const lost = `How much worse ${selected.name} gets without a modality`;
  const changed =
    task === 'regression'
      ? 'Mean absolute change of the prediction without a modality'
      : 'Share of samples that get another class without a modality';
  return [
    '<h2>Contribution by modality</h2>',
    figure(lost, barChart(lost, losses)),
    figure(changed, barChart(changed, changes)),
  ];
}

export function gatesSection({ gates, epoch }: Introspection): string[] {
  const lines = gates.flatMap(({ name, byEpoch = [] }) =>
    (byEpoch[0] ?? []).map((_, i, { length }) => ({
      name: length === 1 ? name : `${name} [${i}]`,
      values: byEpoch.map((values) => values[i] as number),
    })),
  );
  if (lines.length === 0) return [];
  // Some blocks have a lot of gates: a chart holds as many lines as can be told apart.
  const charts = Array.from({ length: Math.ceil(lines.length / 8) }, (_, i) => lines.slice(8 * i, 8 * (i + 1)));
  const caption = 'Gates at the end of every epoch';
  return ['<h2>Gates</h2>', ...charts.map((part) => figure(caption, lineChart(caption, part, epoch)))];
}

export function attentionSection({ attention }: Introspection): string[] {
  if (attention.length === 0) return [];
  return ['<h2>Attention, mean over heads and samples</h2>', ...attention.map((map) => drawMap(map, map.mean))];
}

function drawMap({ name, axes }: Pick<AttentionMap, 'name' | 'axes'>, grid: Grid, words?: readonly string[]): string {
  const names = (axis: string, count: number): string[] =>
    axis === 'word' && words?.length === count
      ? words.map((word) => word.replaceAll(' ', '␣'))
      : Array.from({ length: count }, (_, i) => (axis ? String(i + 1) : ''));
  const rows = names(axes[0], grid.length);
  const columns = names(axes[1], Math.max(0, ...grid.map((row) => row.length)));
  return figure(`${name}: ${axes.filter(Boolean).join(' by ')}`, heatMap({ title: name, grid, rows, columns, axes }));
}

function singlesSection({ singles, attention }: Introspection): string[] {
  if (attention.length === 0) return [];
  const known = (label: number | null) => (label === null ? 'unknown' : String(Number(label.toFixed(3))));
  return singles.flatMap(({ id, words, label, prediction, attention: grids }) => [
    `<h2>Sample ${escapeText(id)}</h2>`,
    `<p>${escapeText(words?.join('') ?? '')}<br>label ${known(label)}, predicted ${prediction.map((value) => value.toFixed(3)).join(', ')}</p>`,
    ...attention.map((map) => drawMap(map, grids[map.name] ?? [], words)),
  ]);
}
