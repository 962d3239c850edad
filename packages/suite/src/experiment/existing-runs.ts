/** Which runs of a plan have a folder already, found without reading their weights. */
import { existsSync } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Manifest } from '../run/manifest.js';
import { has, pathOf, readJson } from '../run/run-folder.js';
import { canonicalJson } from './canonical-json.js';
import { fileDigest } from './file-digest.js';
import type { RunIdentity } from './identity.js';

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
}

/** The runs in a folder by their identity. */
export async function readExistingRuns(
  outputFolder: string,
): Promise<(identity: RunIdentity) => ExistingRun | undefined> {
  const names = existsSync(outputFolder) ? await readdir(outputFolder) : [];
  const folders = names
    .map((name) => join(outputFolder, name))
    .filter((folder) => existsSync(pathOf(folder, 'manifest')));
  const found = await Promise.all(
    folders.map(async (folder) => {
      const { run, identity } = await readJson<Manifest>(folder, 'manifest');
      return { run, identity, finished: has(folder, 'result') };
    }),
  );
  return (planned) => {
    const same = found.find(({ identity }) => isSame(planned, identity));
    return same === undefined ? undefined : { run: same.run, finished: same.finished };
  };
}

/** Equal but for the digests of weights that the plan has not read. */
function isSame(planned: RunIdentity, existing: RunIdentity): boolean {
  const known = Object.entries(existing.weights ?? {}).map(([file, digest]) => [
    file,
    planned.weights[file] === unread ? unread : digest,
  ]);
  return canonicalJson({ ...existing, weights: Object.fromEntries(known) }) === canonicalJson(planned);
}
