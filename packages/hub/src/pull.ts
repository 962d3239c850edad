/** Fetches a model from the Hub into the local cache: its config, tokenizer, card and safetensors, and nothing else. */
import { link, lstat, mkdir, readFile, rename, rm, stat, statfs, symlink } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { listFiles, modelInfo } from '@huggingface/hub';
import { InterfuseError } from '@interfuse/core';
import { lockFile, writeFileWhole } from '@interfuse/safetensors';
import { findSnapshot, missingFiles, repositoryFolder, type Snapshot } from './cache.js';
import { type BlobSource, downloadBlob, writing } from './download.js';
import type { HubEnvironment } from './environment.js';
import { type HubName, isCommit, showHubName } from './hub-name.js';
import { createRequest, type Request, type RequestSettings } from './request.js';
import { companions, shardsOf, weightIndex, wholeWeights } from './wanted-files.js';

export interface PullProgress {
  /** Of the files that are known to be needed: bytes that are here. */
  readonly bytes: number;
  readonly total: number;
  readonly file: string;
}

export interface PullSettings extends Pick<RequestSettings, 'signal' | 'pauseMilliseconds'> {
  readonly environment: HubEnvironment;
  readonly onProgress?: (progress: PullProgress) => void;
  /** Another process pulls the same model: it is waited for. */
  readonly onWait?: () => void;
}

export interface Pulled extends Snapshot {
  /** Bytes that were fetched now; the others were here. */
  readonly fetched: number;
  readonly files: readonly { readonly name: string; readonly bytes: number }[];
}

interface ListedFile extends Omit<BlobSource, 'url'> {
  readonly name: string;
}

/** As long as it takes: who waits can be stopped, and the other process works for both. */
const patience = Number.POSITIVE_INFINITY;

/**
 * What is here already, from Python or from an earlier call, is not fetched again. A commit that is complete here is
 * answered without a request.
 *
 * @throws HUB_OFFLINE, HUB_UNREACHABLE, HUB_REFUSED, HUB_NOT_FOUND, HUB_UNSUITABLE, HUB_DAMAGED, FILE_NOT_WRITTEN
 */
export async function pull(wanted: HubName, settings: PullSettings): Promise<Pulled> {
  const { environment, signal, onWait } = settings;
  const { cacheFolder, offline } = environment;
  const here = findSnapshot(cacheFolder, wanted);
  const isComplete = here !== undefined && missingFiles(here.folder).length === 0;
  if (here !== undefined && isComplete && (offline || isCommit(wanted.revision))) {
    return { ...here, fetched: 0, files: [] };
  }
  if (offline) throw offlineError(wanted, here, cacheFolder);

  const locks = join(cacheFolder, '.locks', repositoryFolder('', wanted.name));
  await writing(locks, () => mkdir(locks, { recursive: true }));
  // Names its process, unlike the locks of Python beside it, which Node.js cannot take.
  const file = join(locks, 'interfuse-pull.lock');
  const free = await lockFile(file, { patience: 0, held: () => new Held() }).catch((error: unknown) => {
    if (!(error instanceof Held)) throw error;
    onWait?.();
    return lockFile(file, { patience, ...(signal === undefined ? {} : { signal }), held: () => error });
  });
  try {
    return await pullLocked(wanted, settings);
  } finally {
    await free();
  }
}

/** Never leaves this file. */
class Held extends Error {}

async function pullLocked(wanted: HubName, settings: PullSettings): Promise<Pulled> {
  const { environment, onProgress } = settings;
  const place = showHubName(wanted);
  const request = createRequest({ ...settings, place });
  const commit = await commitOf(wanted, request, environment, place);
  const listed = await list(wanted, commit, request, environment);
  const repository = repositoryFolder(environment.cacheFolder, wanted.name);
  const folder = join(repository, 'snapshots', commit);
  for (const made of [folder, join(repository, 'blobs'), join(repository, 'refs')]) {
    await writing(made, () => mkdir(made, { recursive: true }));
  }

  const at = (name: string) => new URL(`${environment.endpoint}/${wanted.name}/resolve/${commit}/${name}`);
  let fetched = 0;
  let done = 0;
  async function bring(files: readonly ListedFile[], total: number): Promise<void> {
    for (const file of files) {
      const onBytes = (bytes: number) => onProgress?.({ bytes: done + bytes, total, file: file.name });
      const source = { ...file, url: at(file.name) };
      const isNew = await bringFile(repository, folder, source, { ...settings, place, request, onProgress: onBytes });
      if (isNew) fetched += file.size;
      done += file.size;
      onBytes(0);
    }
  }

  const small = companions.flatMap((name) => listed.get(name) ?? []);
  const whole = listed.get(wholeWeights);
  const index = whole === undefined ? listed.get(weightIndex) : undefined;
  if (listed.get('config.json') === undefined || (whole ?? index) === undefined) throw unsuitable(listed, place);
  if (index !== undefined) await bring([index], index.size);
  const weights = whole === undefined ? await shards(folder, listed, place) : [whole];
  const others = [...small, ...weights];
  const total = [...others, ...(index === undefined ? [] : [index])].reduce((sum, { size }) => sum + size, 0);
  await checkRoom(repository, others);
  await bring(others, total);

  // Last: until everything is here, the branch leads to what it led to before.
  if (wanted.revision !== commit) {
    const reference = join(repository, 'refs', wanted.revision);
    await writing(reference, () => mkdir(dirname(reference), { recursive: true }));
    await writeFileWhole(reference, commit);
  }
  const files = [...others, ...(index === undefined ? [] : [index])].map(({ name, size }) => ({ name, bytes: size }));
  return { name: wanted.name, commit, folder, fetched, files };
}

async function commitOf(
  { name, revision }: HubName,
  request: Request,
  { endpoint }: HubEnvironment,
  place: string,
): Promise<string> {
  if (isCommit(revision)) return revision;
  const { sha } = await modelInfo({ name, revision, additionalFields: ['sha'], hubUrl: endpoint, fetch: request });
  if (typeof sha === 'string' && isCommit(sha)) return sha;
  throw new InterfuseError('HUB_UNREACHABLE', {
    place: `${place} (${endpoint})`,
    expected: 'the commit that this revision stands for',
    got: JSON.stringify(sha) ?? 'nothing',
    remedy: 'Check HF_ENDPOINT: what answers there does not speak as the Hub does.',
  });
}

/** The files at the top of the repository, by name. */
async function list(
  { name }: HubName,
  commit: string,
  request: Request,
  { endpoint }: HubEnvironment,
): Promise<ReadonlyMap<string, ListedFile>> {
  const files = new Map<string, ListedFile>();
  for await (const entry of listFiles({ repo: name, revision: commit, hubUrl: endpoint, fetch: request })) {
    const { type, path, size, oid, lfs } = entry;
    const hash =
      lfs === undefined ? { kind: 'git-sha1' as const, hex: oid } : { kind: 'sha256' as const, hex: lfs.oid };
    // The hash becomes the name of a file here.
    const isSound = /^[0-9a-f]{40}(?:[0-9a-f]{24})?$/.test(hash.hex ?? '');
    if (type === 'file' && isSound)
      files.set(path, { name: path, size: lfs?.size ?? size, hash: hash as BlobSource['hash'] });
  }
  return files;
}

async function shards(folder: string, listed: ReadonlyMap<string, ListedFile>, place: string): Promise<ListedFile[]> {
  const text = await readFile(join(folder, weightIndex), 'utf8');
  const names = shardsOf(parse(text)) ?? [];
  const missing = names.filter((name) => !listed.has(name));
  if (names.length > 0 && missing.length === 0) return names.map((name) => listed.get(name) as ListedFile);
  throw new InterfuseError('HUB_UNSUITABLE', {
    place: `${place}: ${weightIndex}`,
    expected: 'an index of shards that lie beside it',
    got: names.length === 0 ? 'none that can be read' : `an index that names ${missing.join(', ')}`,
  });
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Returns whether anything had to be fetched. */
async function bringFile(
  repository: string,
  folder: string,
  source: BlobSource & { readonly name: string },
  settings: Parameters<typeof downloadBlob>[2],
): Promise<boolean> {
  const pointer = join(folder, source.name);
  if ((await sizeOf(pointer)) === source.size) return false;
  const blob = join(repository, 'blobs', source.hash.hex);
  const isHere = (await sizeOf(blob)) === source.size;
  if (!isHere) {
    settings.signal?.throwIfAborted();
    await downloadBlob(blob, source, settings);
  }
  await writing(pointer, () => point(pointer, blob));
  return !isHere;
}

async function sizeOf(file: string): Promise<number | undefined> {
  return (await stat(file).catch(() => undefined))?.size;
}

/** A relative link, so that the cache can be moved; a second name of the file where links are not allowed (Windows). */
async function point(pointer: string, blob: string): Promise<void> {
  const beside = `${pointer}.${process.pid}.part`;
  await rm(beside, { force: true });
  await symlink(relative(dirname(pointer), blob), beside).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPERM' && error.code !== 'ENOSYS' && error.code !== 'ENOTSUP') throw error;
    return link(blob, beside);
  });
  await rename(beside, pointer);
}

/** Said before the first gigabyte, not after the last that had room. */
async function checkRoom(repository: string, files: readonly ListedFile[]): Promise<void> {
  let needed = 0;
  for (const { name: _, size, hash } of files) {
    const blob = join(repository, 'blobs', hash.hex);
    const isHere = (await lstat(blob).catch(() => undefined)) !== undefined;
    if (!isHere) needed += size - Math.min(size, (await sizeOf(`${blob}.incomplete`)) ?? 0);
  }
  const { bavail, bsize } = await statfs(repository);
  if (needed <= bavail * bsize) return;
  const show = (bytes: number) => `${(bytes / 1e9).toFixed(1)} GB`;
  throw new InterfuseError('FILE_NOT_WRITTEN', {
    place: repository,
    expected: `room for ${show(needed)}`,
    got: `${show(bavail * bsize)} free`,
    remedy: 'Make room or choose another folder (HF_HUB_CACHE), then run the same command again.',
  });
}

function unsuitable(listed: ReadonlyMap<string, ListedFile>, place: string): InterfuseError {
  const names = [...listed.keys()];
  const weights = names.filter((name) => /\.(bin|h5|msgpack|ot|gguf|onnx|pt|pth|safetensors)$/.test(name));
  const hasPickle = weights.some((name) => /\.(bin|pt|pth)$/.test(name));
  return new InterfuseError('HUB_UNSUITABLE', {
    place,
    expected: `config.json and ${wholeWeights}, or shards with ${weightIndex}`,
    got:
      names.length === 0
        ? 'an empty repository'
        : `weights in ${weights.join(', ') || 'no file at its top'}${names.includes('config.json') ? '' : ', and no config.json'}`,
    ...(hasPickle
      ? {
          remedy:
            'A pickle can execute what it likes and is not fetched. Choose a revision with safetensors (many have the branch refs/pr/1, which the Hub made), or convert the model with transformers: `AutoModelForCausalLM.from_pretrained(name).save_pretrained(folder)`.',
        }
      : {}),
  });
}

function offlineError(wanted: HubName, here: Snapshot | undefined, cacheFolder: string): InterfuseError {
  const missing = here === undefined ? [] : missingFiles(here.folder);
  return new InterfuseError('HUB_OFFLINE', {
    place: showHubName(wanted),
    expected: `this model, complete, in ${cacheFolder}`,
    got: missing.length === 0 ? 'no snapshot of it' : `a snapshot without ${missing.join(', ')}`,
  });
}
