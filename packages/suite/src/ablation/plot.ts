/** An ablation as a plot, and as a page with the plot, the table and what can be said. */
import type { MetricColumn } from '@interfuse/core';
import { escapeText, plotPage, pointsPlot, renderPlot } from '@interfuse/plots';
import type { Table } from '../comparison/table.js';
import type { AblationResult } from './ablation.js';
import { ablationTable, heading } from './report.js';

/** SVG. */
export function plotAblation({ question, columns, points, constant }: AblationResult): Promise<string> {
  const column = columns[0] as MetricColumn;
  const scaled = (value: number) => (column.percent ? 100 * value : value);
  const references = new Set(points.flatMap(({ difference }) => difference?.from ?? []));
  const isNumeric = question.axis.scale === 'number';
  const bar = constant.figures[column.name] ?? Number.NaN;
  const plot = pointsPlot({
    title: question.title,
    axis: question.axis,
    figure: `${column.name} on test (${column.better} is better)`,
    points: points.map(({ label, x, mean, interval, perSeed }) => ({
      label,
      ...(x === undefined ? {} : { x }),
      mean: scaled(mean),
      ...(interval === undefined ? {} : { interval: [scaled(interval[0]), scaled(interval[1])] as const }),
      values: perSeed.map(scaled),
      // On a ladder every rung is compared with another one.
      isReference: references.size === 1 && references.has(label),
    })),
    ...(isNumeric || Number.isNaN(bar) ? {} : { rules: [{ label: constant.name, value: scaled(bar) }] }),
  });
  return renderPlot(plot, `${question.title} ${column.name} by ${question.axis.title}`);
}

export function pageAblation(result: AblationResult, drawing: string): string {
  const { question, claims, points } = result;
  const legend =
    points[0]?.interval === undefined
      ? 'One seed: there is no interval.'
      : 'Filled: mean over seeds, with its 95 % interval (Student’s t). Rings: one seed each. The intervals are of each point by itself; whether two can be told apart is in the table, by their paired difference.';
  return plotPage({
    title: `Ablation, ${question.id}: ${question.title}`,
    body: [
      `<h1>${escapeText(question.title)}</h1>`,
      ...heading(result)
        .filter((line) => line !== '')
        .map((line) => `<p>${escapeText(line)}</p>`),
      `<figure>${drawing}<figcaption class="faint">${escapeText(legend)}</figcaption></figure>`,
      `<ul>${claims.map((claim) => `<li>${escapeText(claim)}</li>`).join('\n')}</ul>`,
      `<div class="wide">${tableOf(ablationTable(result))}</div>`,
    ],
  });
}

function tableOf({ columns, rows }: Table): string {
  const classOf = (index: number) => (columns[index]?.align === 'left' ? ' class="left"' : '');
  const row = (cells: readonly string[], tag: 'th' | 'td') =>
    `<tr>${cells.map((cell, index) => `<${tag}${classOf(index)}>${escapeText(cell)}</${tag}>`).join('')}</tr>`;
  const titles = columns.map(({ title }) => title);
  return `<table>${row(titles, 'th')}${rows.map((cells) => row(cells, 'td')).join('')}</table>`;
}
