/** Reads files of JSON and of JSON lines, with the line of whatever cannot be read. */
import { readFile } from 'node:fs/promises';
import { InterfuseError, notOpened } from '@interfuse/core';

/** The bytes of a file of a dataset folder. */
export async function readBytes(file: string): Promise<Buffer> {
  try {
    return await readFile(file);
  } catch (cause) {
    throw notOpened(file, 'a file of a dataset folder', cause);
  }
}

/** Parses a whole file as one JSON value. */
export function parseJson(file: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw unreadable(`${file}:${lineOfError(text, cause as Error)}`, cause as Error);
  }
}

/** Parses one JSON value per line; the last line may end with a line break or not. */
export function parseJsonLines(file: string, text: string): unknown[] {
  const lines = text.split('\n');
  if (lines.at(-1) === '') lines.pop();
  return lines.map((line, index) => {
    try {
      return JSON.parse(line);
    } catch (cause) {
      throw unreadable(`${file}:${index + 1}`, cause as Error);
    }
  });
}

function unreadable(place: string, cause: Error): InterfuseError {
  return new InterfuseError('FILE_UNREADABLE', { place, expected: 'JSON', got: cause.message, cause });
}

/** V8 tells the position of most errors. Of an unexpected token it does not: the first line that has one is looked for. */
function lineOfError(text: string, error: Error): number {
  const position = /at position (\d+)/.exec(error.message)?.[1];
  if (position !== undefined) return text.slice(0, Number(position)).split('\n').length;
  const lines = text.split('\n');
  const found = lines.findIndex((_, last) => hasUnexpectedToken(lines.slice(0, last + 1).join('\n')));
  return found === -1 ? lines.length : found + 1;
}

function hasUnexpectedToken(text: string): boolean {
  try {
    JSON.parse(text);
    return false;
  } catch (error) {
    return (error as Error).message.startsWith('Unexpected token');
  }
}
