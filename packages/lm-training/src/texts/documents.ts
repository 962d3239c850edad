/** Documents to train on, from text files. */
import { readFile } from 'node:fs/promises';
import { basename, extname } from 'node:path';
import { InterfuseError } from '@interfuse/core';

export interface Document {
  /** For messages: a file, or a line of one. */
  readonly id: string;
  readonly text: string;
}

/**
 * `.txt` is one document; `.jsonl` has one a line, in its field `text`. Line ends are made `\n`; documents without a
 * letter that is no blank are left out.
 *
 * @param files absolute paths
 * @throws FILE_NOT_FOUND, FILE_UNREADABLE, DATASET_EMPTY if there is no document in them
 */
export async function readDocuments(files: readonly string[]): Promise<Document[]> {
  const read = await Promise.all(files.map(readOne));
  const documents = read
    .flat()
    .map(({ id, text }) => ({ id, text: text.replaceAll('\r\n', '\n') }))
    .filter(({ text }) => text.trim() !== '');
  if (documents.length > 0) return documents;
  throw new InterfuseError('DATASET_EMPTY', {
    place: files.join(', '),
    expected: 'texts',
    got: 'none',
    remedy: 'Name files with text under `texts:`.',
  });
}

async function readOne(file: string): Promise<Document[]> {
  const name = basename(file);
  const kind = extname(file).toLowerCase();
  if (kind !== '.txt' && kind !== '.jsonl') {
    throw unreadable(file, 'a file that ends in .txt or .jsonl', kind === '' ? 'no ending' : kind);
  }
  const text = await readText(file);
  if (kind === '.txt') return [{ id: name, text }];
  return text.split('\n').flatMap((line, index) => (line.trim() === '' ? [] : [parseLine(file, line, index + 1)]));
}

async function readText(file: string): Promise<string> {
  const bytes = await readFile(file).catch((cause: NodeJS.ErrnoException) => {
    if (cause.code !== 'ENOENT') throw unreadable(file, 'a file that can be read', cause.message);
    throw new InterfuseError('FILE_NOT_FOUND', { place: file, expected: 'a text file', got: 'no such file', cause });
  });
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw unreadable(file, 'text in UTF-8', 'bytes that are not');
  }
}

function parseLine(file: string, line: string, number: number): Document {
  const place = `${file}:${number}`;
  let parsed: unknown;
  try {
    parsed = JSON.parse(line);
  } catch (cause) {
    throw unreadable(place, 'a JSON object with "text"', (cause as Error).message);
  }
  const text = (parsed as { text?: unknown } | null)?.text;
  if (typeof text === 'string') return { id: `${basename(file)}:${number}`, text };
  throw unreadable(place, 'a JSON object with "text"', line.slice(0, 60));
}

function unreadable(place: string, expected: string, got: string): InterfuseError {
  return new InterfuseError('FILE_UNREADABLE', { place, expected, got });
}
