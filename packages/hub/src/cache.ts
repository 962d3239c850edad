/**
 * The local cache of the Hub, in the layout of Python's `huggingface_hub`, so that either finds what the other fetched:
 * `models--org--name/` holds `blobs/` (contents, named by their hash), `refs/` (branch or tag -> commit) and
 * `snapshots/<commit>/` (links to blobs, by file name). Nothing here makes a request.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { type HubName, isCommit } from './hub-name.js';
import { shardsOf, weightIndex, wholeWeights } from './wanted-files.js';

export interface Snapshot {
  readonly name: string;
  readonly commit: string;
  readonly folder: string;
}

const prefix = 'models--';

export function repositoryFolder(cacheFolder: string, name: string): string {
  return join(cacheFolder, `${prefix}${name.replace('/', '--')}`);
}

/** The snapshot that a name stands for here and now, if there is one with a config; perhaps without all of its files. */
export function findSnapshot(cacheFolder: string, { name, revision }: HubName): Snapshot | undefined {
  const repository = repositoryFolder(cacheFolder, name);
  const commit = isCommit(revision) ? revision : readReference(repository, revision);
  if (commit === undefined) return undefined;
  const folder = join(repository, 'snapshots', commit);
  return existsSync(join(folder, 'config.json')) ? { name, commit, folder } : undefined;
}

/** What a snapshot lacks before its model can be loaded: its weights, or the tokenizer. Broken links count as absent. */
export function missingFiles(folder: string): string[] {
  const has = (name: string) => existsSync(join(folder, name));
  const hasOlder = (has('vocab.json') && has('merges.txt')) || has('vocab.txt');
  const tokenizer = has('tokenizer.json') || hasOlder ? [] : ['tokenizer.json'];
  const config = has('config.json') ? [] : ['config.json'];
  if (has(wholeWeights)) return [...config, ...tokenizer];
  const shards = has(weightIndex) ? (shardsOf(readJson(join(folder, weightIndex))) ?? [weightIndex]) : [wholeWeights];
  return [...config, ...tokenizer, ...shards.filter((name) => !has(name))];
}

/** Every snapshot that a branch or a tag leads to, as `org/name` or `org/name@branch`; in the order of their names. */
export function listSnapshots(cacheFolder: string): (Snapshot & HubName)[] {
  return entries(cacheFolder)
    .filter((folder) => folder.startsWith(prefix))
    .flatMap((folder) => {
      const name = folder.slice(prefix.length).replace('--', '/');
      return entries(join(cacheFolder, folder, 'refs'))
        .map((revision) => ({ name, revision }))
        .flatMap((found) => {
          const snapshot = findSnapshot(cacheFolder, found);
          return snapshot === undefined ? [] : [{ ...snapshot, ...found }];
        });
    });
}

/** Which snapshot a folder is, by its path: what to call it wherever a path of this machine says nothing. */
export function snapshotOf(folder: string): Omit<Snapshot, 'folder'> | undefined {
  const commit = basename(folder);
  const repository = basename(dirname(dirname(folder)));
  const isSnapshot = isCommit(commit) && basename(dirname(folder)) === 'snapshots' && repository.startsWith(prefix);
  return isSnapshot ? { name: repository.slice(prefix.length).replace('--', '/'), commit } : undefined;
}

function readReference(repository: string, revision: string): string | undefined {
  try {
    const commit = readFileSync(join(repository, 'refs', revision), 'utf8').trim();
    return isCommit(commit) ? commit : undefined;
  } catch {
    return undefined;
  }
}

function entries(folder: string): string[] {
  return existsSync(folder) ? readdirSync(folder).sort() : [];
}

function readJson(file: string): unknown {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    return undefined;
  }
}
