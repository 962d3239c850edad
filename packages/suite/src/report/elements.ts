/** Pieces of HTML that the sections of a report are made of. */
import { escapeText, renderPlot } from '@interfuse/plots';
import type { Table } from '../comparison/table.js';

export function tableElement({ columns, rows }: Table): string {
  const classOf = (index: number) => (columns[index]?.align === 'left' ? ' class="left"' : '');
  const row = (cells: readonly string[], cell: (text: string, index: number) => string) =>
    `<tr>${cells.map(cell).join('')}</tr>`;
  const head = row(
    columns.map(({ title }) => title),
    (text, index) => `<th scope="col"${classOf(index)}>${escapeText(text)}</th>`,
  );
  const body = rows.map((cells) => row(cells, (text, index) => `<td${classOf(index)}>${escapeText(text)}</td>`));
  return `<div class="wide" tabindex="0"><table><thead>${head}</thead><tbody>${body.join('\n')}</tbody></table></div>`;
}

export function paragraph(text: string): string {
  return `<p>${prose(text)}</p>`;
}

export function listElement(items: readonly string[]): string {
  return `<ul>${items.map((item) => `<li>${prose(item)}</li>`).join('\n')}</ul>`;
}

/** What stands between backquotes is code. */
function prose(text: string): string {
  return escapeText(text).replace(/`([^`]+)`/g, '<code>$1</code>');
}

export interface Drawing {
  readonly plot: Parameters<typeof renderPlot>[0];
  /** For those who do not see it. */
  readonly description: string;
}

/** One drawing, or several side by side, with a legend. */
export async function figureElement(
  drawings: readonly Drawing[],
  legend: string,
  { panels = 'small' }: { readonly panels?: 'small' | 'large' } = {},
): Promise<string> {
  const drawn: string[] = [];
  for (const { plot, description } of drawings) drawn.push(await renderPlot(plot, description));
  const content = drawings.length === 1 ? drawn.join('') : `<div class="panels ${panels}">${drawn.join('\n')}</div>`;
  return `<figure>${content}<figcaption class="faint">${escapeText(legend)}</figcaption></figure>`;
}

export function folded(summary: string, content: string): string {
  return `<details><summary>${escapeText(summary)}</summary>${content}</details>`;
}

export function json(value: unknown): string {
  return `<pre>${escapeText(JSON.stringify(value, null, 2))}</pre>`;
}

export interface Section {
  readonly id: string;
  readonly title: string;
  readonly body: readonly string[];
}

export function sectionElement({ id, title, body }: Section): string {
  return `<section id="${id}"><h2>${escapeText(title)}</h2>\n${body.join('\n')}\n</section>`;
}
