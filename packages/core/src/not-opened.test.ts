import { readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { notOpened } from './not-opened.js';

function failure(path: string, place?: string): unknown {
  try {
    return readFileSync(path);
  } catch (cause) {
    return notOpened(path, 'a file of folds', cause, place);
  }
}

it('a file that is not there is told from one that cannot be read', () => {
  const missing = join(tmpdir(), 'interfuse-nowhere', 'folds.json');
  const expected = 'a file of folds';
  expect(failure(missing)).toMatchObject({ code: 'FILE_NOT_FOUND', place: missing, expected, got: 'no such file' });
  expect(failure(tmpdir())).toMatchObject({ code: 'FILE_UNREADABLE', expected, got: expect.stringMatching(/^EISDIR/) });
  expect(failure(missing, 'table.csv:2')).toMatchObject({ place: 'table.csv:2', got: `${missing}: no such file` });
});
