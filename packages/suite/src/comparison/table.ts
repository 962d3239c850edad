/** Tables as text: on a terminal with aligned columns, in Markdown with bars. */

export interface Column {
  readonly title: string;
  readonly align: 'left' | 'right';
}

export interface Table {
  readonly columns: readonly Column[];
  readonly rows: readonly (readonly string[])[];
}

const gap = '  ';

/** Without trailing blanks; a rule under the titles. */
export function textTable({ columns, rows }: Table): string {
  const widths = widthsOf({ columns, rows });
  const line = (cells: readonly string[]) =>
    cells
      .map((cell, index) => pad(cell, widths[index] as number, columns[index] as Column))
      .join(gap)
      .trimEnd();
  const rule = widths.map((width) => '─'.repeat(width)).join(gap);
  return [line(columns.map(({ title }) => title)), rule, ...rows.map(line)].join('\n');
}

export function markdownTable({ columns, rows }: Table): string {
  const line = (cells: readonly string[]) => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  const rule = columns.map(({ align }) => (align === 'left' ? '---' : '---:'));
  return [line(columns.map(({ title }) => title)), line(rule), ...rows.map(line)].join('\n');
}

/** The table without as many of these columns, the last first, as it is too wide. */
export function fitTable(table: Table, width: number, dispensable: readonly string[]): Table {
  const last = dispensable.at(-1);
  const total = widthsOf(table).reduce((sum, columnWidth) => sum + columnWidth + gap.length, -gap.length);
  if (last === undefined || total <= width) return table;
  const kept = [...table.columns.keys()].filter((index) => table.columns[index]?.title !== last);
  const narrower: Table = {
    columns: kept.map((index) => table.columns[index] as Column),
    rows: table.rows.map((row) => kept.map((index) => row[index] as string)),
  };
  return fitTable(narrower, width, dispensable.slice(0, -1));
}

function widthsOf({ columns, rows }: Table): number[] {
  return columns.map(({ title }, index) => Math.max(title.length, ...rows.map((row) => row[index]?.length ?? 0)));
}

function pad(cell: string, width: number, { align }: Column): string {
  return align === 'left' ? cell.padEnd(width) : cell.padStart(width);
}
