/** The table that lists recordings: CSV with a head line (RFC 4180) or JSON lines. */
import { parseJsonLines } from '../folder/json-file.js';
import { invalid } from '../folder/problems.js';

/** A row by column; where it stands, for errors. Cells that are empty are left out. */
export interface Row {
  readonly place: string;
  readonly cells: { readonly [column: string]: string };
}

/**
 * @param file its name ends in .jsonl for JSON lines; anything else is CSV
 * @throws DATASET_INVALID, FILE_UNREADABLE, with the line
 */
export function readTable(file: string, text: string): Row[] {
  return file.endsWith('.jsonl') ? fromJsonLines(file, text) : fromCsv(file, text);
}

function fromJsonLines(file: string, text: string): Row[] {
  return parseJsonLines(file, text).map((value, i) => {
    const place = `${file}:${i + 1}`;
    if (typeof value !== 'object' || value === null || Array.isArray(value)) {
      throw invalid(place, 'an object', JSON.stringify(value));
    }
    const entries = Object.entries(value).filter(([, cell]) => cell !== null && cell !== '');
    const nested = entries.find(([, cell]) => typeof cell === 'object');
    if (nested) throw invalid(`${place}: ${nested[0]}`, 'a text or a number', JSON.stringify(nested[1]));
    return { place, cells: Object.fromEntries(entries.map(([column, cell]) => [column, String(cell)])) };
  });
}

function fromCsv(file: string, text: string): Row[] {
  const [head, ...records] = parseCsv(file, text.replace(/^\uFEFF/, ''));
  if (head === undefined) throw invalid(file, 'a head line and a line for each recording', 'nothing');
  return records.map(({ line, cells }) => {
    const place = `${file}:${line}`;
    if (cells.length !== head.cells.length) throw invalid(place, `${head.cells.length} cells`, `${cells.length}`);
    const entries = head.cells.map((column, i) => [column.trim(), cells[i] as string] as const);
    return { place, cells: Object.fromEntries(entries.filter(([, cell]) => cell !== '')) };
  });
}

interface CsvRecord {
  /** The line on which it begins, from 1. */
  readonly line: number;
  readonly cells: readonly string[];
}

/** Cells may be quoted, and then hold commas, line breaks and doubled quotes. Blank lines are left out. */
function parseCsv(file: string, text: string): CsvRecord[] {
  const records: CsvRecord[] = [];
  let [line, begun] = [1, 1];
  let cells: string[] = [];
  let at = 0;
  while (at < text.length) {
    const isQuoted = text[at] === '"';
    const { cell, end } = isQuoted ? quotedCell(file, text, at, line) : plainCell(text, at);
    line += cell.split('\n').length - 1;
    cells.push(cell);
    at = end;
    if (text[at] === ',') {
      at += 1;
      if (at < text.length) continue;
      cells.push('');
    } else if (isQuoted && at < text.length && !/[\r\n]/.test(text[at] as string)) {
      throw invalid(`${file}:${line}`, 'a comma or the end of the line after a quote', `"${text[at]}"`);
    }
    if (text.startsWith('\r\n', at)) at += 2;
    else at += 1;
    if (cells.length > 1 || cells[0] !== '') records.push({ line: begun, cells });
    cells = [];
    line += 1;
    begun = line;
  }
  return records;
}

function plainCell(text: string, start: number): { cell: string; end: number } {
  let end = start;
  while (end < text.length && !/[,\r\n]/.test(text[end] as string)) end += 1;
  return { cell: text.slice(start, end), end };
}

function quotedCell(file: string, text: string, start: number, line: number): { cell: string; end: number } {
  let cell = '';
  for (let at = start + 1; at < text.length; at += 1) {
    if (text[at] !== '"') cell += text[at];
    else if (text[at + 1] === '"') {
      cell += '"';
      at += 1;
    } else return { cell, end: at + 1 };
  }
  throw invalid(`${file}:${line}`, 'a quote that ends the cell', 'the end of the file');
}
