/** The finished runs that paths name: run folders, and folders of them. */
import { readdir, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { InterfuseError } from '@interfuse/core';
import type { Manifest } from '../run/manifest.js';
import { readOutcome } from '../run/outcome.js';
import { requireFinished } from '../run/require-finished.js';
import { has, readJson } from '../run/run-folder.js';
import type { RunToReport } from './report-data.js';

export interface CollectedRun extends RunToReport {
  readonly manifest: Manifest;
}

export interface Collected {
  /** Each once, however often it is named. */
  readonly runs: readonly CollectedRun[];
  /** Run folders in named folders whose runs are not finished. */
  readonly unfinished: readonly string[];
}

/**
 * @throws FILE_NOT_FOUND; RUN_INVALID for a named run that is not finished, a folder in which no run is, damaged files, and
 *   two runs of one name with different results
 */
export async function collectRuns(paths: readonly string[], workingFolder: string): Promise<Collected> {
  const folders = await Promise.all(paths.map((path) => runFolders(resolve(workingFolder, path))));
  const all = [...new Set(folders.flat())];
  const runs = new Map<string, CollectedRun>();
  for (const folder of all.filter((each) => has(each, 'result'))) {
    const run = await readRun(folder);
    const { run: name, weights } = run.result;
    const known = runs.get(name);
    if (known !== undefined && known.result.weights !== weights) {
      throw new InterfuseError('RUN_INVALID', {
        place: folder,
        expected: `the result that ${name} has in ${known.folder}: weights ${known.result.weights.slice(0, 8)}`,
        got: `weights ${weights.slice(0, 8)}`,
        remedy: 'Name one of the two alone.',
      });
    }
    if (known === undefined) runs.set(name, run);
  }
  return { runs: [...runs.values()], unfinished: all.filter((each) => !has(each, 'result')) };
}

/** A run folder, or the run folders in a folder. */
async function runFolders(folder: string): Promise<string[]> {
  const found = await stat(folder).catch(() => undefined);
  if (!found?.isDirectory() || has(folder, 'result') || has(folder, 'manifest')) {
    await requireFinished(folder);
    return [folder];
  }
  const inside = (await readdir(folder, { withFileTypes: true })).filter((entry) => entry.isDirectory());
  const runs = inside.map(({ name }) => join(folder, name)).filter((each) => has(each, 'manifest'));
  if (!runs.some((each) => has(each, 'result'))) await requireFinished(folder);
  return runs.sort();
}

async function readRun(folder: string): Promise<CollectedRun> {
  const manifest = await readJson<Manifest>(folder, 'manifest');
  return { folder, manifest, ...(await readOutcome(folder, manifest.run)) };
}
