/** Which videos belong to which split: a file of the SDK's standard folds, JSON, or shares drawn by a seed. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { notOpened, type SplitName } from '@interfuse/core';
import { invalidImport } from '../arrays/stored-array.js';

export type Folds = { readonly [K in SplitName]: ReadonlySet<string> };

const splits: readonly SplitName[] = ['train', 'valid', 'test'];

/**
 * Reads `{"train": [ids], "valid": [...], "test": [...]}`, or the lists `standard_train_fold = [...]` of a Python file
 * of the SDK, of which nothing is executed.
 *
 * @throws FILE_NOT_FOUND, FILE_UNREADABLE, IMPORT_INVALID
 */
export function readFolds(path: string): Folds {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (cause) {
    throw notOpened(path, 'a file of folds', cause);
  }
  const lists = path.endsWith('.py') ? pythonLists(text) : jsonLists(path, text);
  const folds = Object.fromEntries(splits.map((split) => [split, new Set(lists[split])])) as unknown as Folds;
  for (const split of splits) {
    if (folds[split].size === 0) throw invalidImport(path, `the videos of ${split}`, 'none');
    const other = splits.find((name) => name !== split && [...folds[name]].some((video) => folds[split].has(video)));
    if (other !== undefined) throw invalidImport(path, 'each video in one split', `some in ${split} and ${other}`);
  }
  return folds;
}

function jsonLists(path: string, text: string): { readonly [split: string]: readonly string[] } {
  try {
    const value: unknown = JSON.parse(text);
    const lists = Object.entries(value as object).map(([name, list]) => [name === 'dev' ? 'valid' : name, list]);
    if (lists.every(([, list]) => Array.isArray(list) && list.every((id) => typeof id === 'string'))) {
      return Object.fromEntries(lists);
    }
  } catch {
    // Said below, like every other form that is none.
  }
  throw invalidImport(path, '{"train": [video ids], "valid": [...], "test": [...]}', text.slice(0, 60));
}

function pythonLists(text: string): { readonly [split: string]: readonly string[] } {
  return Object.fromEntries(
    splits.map((split) => {
      const list = new RegExp(`standard_${split}_fold\\s*=\\s*\\[([^\\]]*)\\]`).exec(text)?.[1] ?? '';
      return [split, [...list.matchAll(/'([^']*)'|"([^"]*)"/g)].map(([, single, double]) => single ?? double ?? '')];
    }),
  );
}

/** Videos dealt out in these shares; which goes where depends on its id and the seed alone. */
export function drawFolds(videos: readonly string[], shares: readonly [number, number, number], seed: number): Folds {
  const key = (video: string) => createHash('sha256').update(`${seed}:${video}`).digest('hex');
  const shuffled = [...new Set(videos)]
    .map((video) => [key(video), video] as const)
    .sort(([a], [b]) => (a < b ? -1 : 1));
  const total = shares[0] + shares[1] + shares[2];
  const count = shuffled.length;
  // At least one video for each split, if there are three.
  const valid = Math.max(1, Math.round((count * shares[1]) / total));
  const test = Math.max(1, Math.round((count * shares[2]) / total));
  const ids = shuffled.map(([, video]) => video);
  const train = Math.max(0, count - valid - test);
  return {
    train: new Set(ids.slice(0, train)),
    valid: new Set(ids.slice(train, train + valid)),
    test: new Set(ids.slice(train + valid)),
  };
}
