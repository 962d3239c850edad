/** Paths for people. */
import { relative } from 'node:path';

/** A path as people would say it: relative to where they are, or absolute if it lies elsewhere. */
export function showPath(path: string, workingFolder = process.cwd()): string {
  const shown = relative(workingFolder, path);
  return shown === '' ? '.' : shown.startsWith('..') ? path : shown;
}
