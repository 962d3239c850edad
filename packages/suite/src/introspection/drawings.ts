/** Plots as SVG text: lines over epochs, heat maps, bars. They need nothing but a browser. */
import type { Grid } from './introspection.js';

const letter = 6.2;
const textSize = 11;
const colours = ['#1f6fb2', '#d95f02', '#2a8f5c', '#a6428f', '#8a6d0b', '#5a5a5a', '#c0392b', '#3f51b5'];

export function escapeText(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
}

function svg(width: number, height: number, title: string, parts: readonly string[]): string {
  const size = `width="${Math.ceil(width)}" height="${Math.ceil(height)}"`;
  return `<svg xmlns="http://www.w3.org/2000/svg" ${size} role="img" aria-label="${escapeText(title)}" font-family="sans-serif" font-size="${textSize}">${parts.join('')}</svg>`;
}

function label(x: number, y: number, text: string, anchor: 'start' | 'middle' | 'end' = 'start', extra = ''): string {
  return `<text x="${x.toFixed(1)}" y="${y.toFixed(1)}" text-anchor="${anchor}"${extra}>${escapeText(text)}</text>`;
}

export interface Line {
  readonly name: string;
  readonly values: readonly number[];
}

/** Values over epochs, counted from 1; the epoch of the selected weights (counted from 0) is marked. */
export function lineChart(title: string, lines: readonly Line[], selected: number): string {
  const [left, top, width, height] = [52, 12, 420, 180];
  const values = lines.flatMap((line) => line.values).filter(Number.isFinite);
  const [least, most] = [Math.min(...values), Math.max(...values)];
  const margin = (most - least) * 0.05 || 0.01;
  const epochs = Math.max(...lines.map((line) => line.values.length));
  const x = (epoch: number): number => left + (epochs === 1 ? width / 2 : (epoch * width) / (epochs - 1));
  const y = (value: number): number => top + height - ((value - least + margin) * height) / (most - least + 2 * margin);
  const curves = lines.map(({ name, values }, i) => {
    const colour = colours[i % colours.length] as string;
    const drawn = [...values.entries()].filter(([, value]) => Number.isFinite(value));
    const points = drawn.map(([epoch, value]) => `${x(epoch).toFixed(1)},${y(value).toFixed(1)}`);
    const last = points.at(-1)?.split(',') ?? [];
    const dash = i < colours.length ? '' : ' stroke-dasharray="5 3"';
    return [
      `<polyline points="${points.join(' ')}" fill="none" stroke="${colour}" stroke-width="1.5"${dash}/>`,
      `<circle cx="${last[0]}" cy="${last[1]}" r="2.5" fill="${colour}"/>`,
      label(left + width + 14, top + 10 + i * 15, name, 'start', ` fill="${colour}"`),
    ].join('');
  });
  return svg(
    left + width + 30 + letter * longest(lines.map(({ name }) => name)),
    Math.max(top + height + 34, top + 15 * lines.length + 10),
    title,
    [
      `<path d="M${left} ${top}V${top + height}H${left + width}" fill="none" stroke="#888"/>`,
      `<path d="M${x(selected).toFixed(1)} ${top}V${top + height}" stroke="#bbb" stroke-dasharray="3 3"/>`,
      ...[least, most].map((value) => label(left - 5, y(value) + 4, value.toFixed(3), 'end')),
      label(left, top + height + 15, '1', 'middle'),
      ...(epochs > 1 ? [label(left + width, top + height + 15, String(epochs), 'middle')] : []),
      label(left + width / 2, top + height + 28, `epoch (dashed: ${selected + 1}, selected)`, 'middle'),
      ...curves,
    ],
  );
}

export interface HeatMap {
  readonly title: string;
  readonly grid: Grid;
  readonly rows: readonly string[];
  readonly columns: readonly string[];
  /** What rows and columns are. */
  readonly axes: readonly [string, string];
}

/** White is 0, the darkest blue the largest value of the map; grey has no value. Every cell tells its value. */
export function heatMap({ title, grid, rows, columns, axes }: HeatMap): string {
  const cell = columns.length > 60 ? 9 : 15;
  const largest = Math.max(0, ...grid.flat().filter((value) => value !== null));
  const isWide = longest(columns) > 2;
  const top = isWide ? 12 + letter * longest(columns) * 0.8 : 22;
  const left = 12 + letter * longest([...rows, axes[0]]);
  const cells = grid.flatMap((values, row) =>
    values.map((value, column) => {
      const place = `x="${(left + column * cell).toFixed(1)}" y="${(top + row * cell).toFixed(1)}"`;
      const told = value === null ? 'none' : value.toPrecision(3);
      const name = [rows[row], columns[column]].filter((text) => text !== undefined && text !== '').join(', ');
      return `<rect ${place} width="${cell}" height="${cell}" fill="${shade(value, largest)}"><title>${escapeText(`${name}: ${told}`)}</title></rect>`;
    }),
  );
  const every = isWide ? 1 : Math.ceil((letter * (longest(columns) + 1)) / cell);
  const above = columns.flatMap((name, column) => {
    if (column % every !== 0) return [];
    const x = left + (column + 0.5) * cell;
    if (!isWide) return [label(x, top - 5, name, 'middle')];
    return [
      label(x + 3, top - 4, name, 'start', ` transform="rotate(-55 ${(x + 3).toFixed(1)} ${(top - 4).toFixed(1)})"`),
    ];
  });
  const bottom = top + rows.length * cell;
  const width = left + columns.length * cell + (isWide ? letter * longest(columns) * 0.6 : 0);
  return svg(Math.max(width, left + 160) + 8, bottom + 20, title, [
    ...cells,
    ...rows.map((name, row) => label(left - 5, top + (row + 0.5) * cell + 4, name, 'end')),
    ...above,
    label(left, bottom + 14, `${axes[1]}; darkest: ${largest.toPrecision(3)}`),
  ]);
}

/** One bar for each figure, from 0 to the left or right. */
export function barChart(title: string, bars: readonly { readonly name: string; readonly value: number }[]): string {
  const [row, width] = [22, 300];
  const left = 14 + letter * longest(bars.map(({ name }) => name));
  const finite = bars.map(({ value }) => (Number.isFinite(value) ? value : 0));
  const [least, most] = [Math.min(0, ...finite), Math.max(0, ...finite)];
  const scale = width / (most - least || 1);
  const zero = left + 60 - least * scale;
  const drawn = bars.map(({ name, value }, i) => {
    const length = (finite[i] as number) * scale;
    const y = 6 + i * row;
    return [
      label(left, y + 12, name, 'end'),
      `<rect x="${Math.min(zero, zero + length).toFixed(1)}" y="${y}" width="${Math.abs(length).toFixed(1)}" height="15" fill="${colours[0]}"/>`,
      length < 0
        ? label(zero + length - 5, y + 12, value.toFixed(4), 'end')
        : label(zero + length + 5, y + 12, value.toFixed(4)),
    ].join('');
  });
  const height = 10 + bars.length * row;
  return svg(left + 60 + width + 70, height, title, [
    `<path d="M${zero.toFixed(1)} 2V${height - 2}" stroke="#888"/>`,
    ...drawn,
  ]);
}

function shade(value: number | null, largest: number): string {
  if (value === null) return '#d4d4d4';
  const share = largest > 0 ? Math.max(0, value) / largest : 0;
  const mix = (light: number, dark: number): number => Math.round(light + (dark - light) * share);
  return `rgb(${mix(255, 12)},${mix(255, 72)},${mix(255, 140)})`;
}

function longest(texts: readonly string[]): number {
  return Math.max(0, ...texts.map((text) => text.length));
}
