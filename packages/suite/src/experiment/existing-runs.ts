/** Which runs of a plan have a folder already, found without reading their weights. */
import { existsSync } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Manifest } from '../run/manifest.js';
import { has, pathOf, readJson } from '../run/run-folder.js';
import { canonicalJson } from './canonical-json.js';
import { fileDigest } from './file-digest.js';
import { identityDigest, type RunIdentity, type WarmStartIdentity } from './identity.js';
import type { RunPlan } from './plan.js';

/** Files that take longer to hash than anybody waits for a plan. */
const longestHashed = 16e6;
const unread = 'unread';

/** Digest of a small file; of a large one only that it is there. */
export async function quickDigest(file: string): Promise<string> {
  return (await stat(file)).size > longestHashed ? unread : fileDigest(file);
}

export interface ExistingRun {
  readonly run: string;
  readonly finished: boolean;
  readonly identity: RunIdentity;
}

/** Finds the folder of a planned run among those in a folder. */
export async function readExistingRuns(outputFolder: string): Promise<(run: RunPlan) => ExistingRun | undefined> {
  const names = existsSync(outputFolder) ? await readdir(outputFolder) : [];
  const folders = names
    .map((name) => join(outputFolder, name))
    .filter((folder) => existsSync(pathOf(folder, 'manifest')));
  const found = await Promise.all(
    folders.map(async (folder): Promise<ExistingRun> => {
      const { run, identity } = await readJson<Manifest>(folder, 'manifest');
      return { run, identity, finished: has(folder, 'result') };
    }),
  );
  return function find(planned) {
    const identity = withExistingStages(planned, find);
    return identity && found.find((existing) => isSame(identity, existing.identity));
  };
}

/** The identity of a run whose stages are those that exist; nothing if one of them does not. */
function withExistingStages(
  { identity, warmStarts }: RunPlan,
  find: (run: RunPlan) => ExistingRun | undefined,
): RunIdentity | undefined {
  if (warmStarts.length === 0) return identity;
  const starts: WarmStartIdentity[] = [];
  for (const { identity: start, stage } of warmStarts) {
    const existing = stage && find(stage);
    if (stage && !existing) return undefined;
    starts.push(existing ? { ...start, run: identityDigest(existing.identity) } : start);
  }
  return { ...identity, warmStart: starts };
}

/** Equal but for the digests of weights that the plan has not read. */
function isSame(planned: RunIdentity, existing: RunIdentity): boolean {
  const known = Object.entries(existing.weights).map(([file, digest]) => [
    file,
    planned.weights[file] === unread ? unread : digest,
  ]);
  return canonicalJson({ ...existing, weights: Object.fromEntries(known) }) === canonicalJson(planned);
}
