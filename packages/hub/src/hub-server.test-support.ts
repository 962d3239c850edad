/**
 * A small hub on 127.0.0.1: the API's revision and tree, files under /resolve with redirections for those in LFS, byte
 * ranges, and faults on demand. What it answers follows what huggingface.co answers to the same requests.
 */
import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface Fault {
  /** Which requests: those whose path contains this. */
  readonly on: string;
  /** How many of them; default: all. */
  times?: number;
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** Close the connection after so many bytes of the body. */
  readonly cutAfter?: number;
  /** Serve this instead of the content. */
  readonly body?: Uint8Array;
  /** Answer ranges with the whole file. */
  readonly ignoresRange?: boolean;
  /** Never finish: send half and wait. */
  readonly stalls?: boolean;
}

export interface Seen {
  readonly path: string;
  readonly range?: string;
  readonly authorization?: string;
}

export interface HubServer {
  readonly endpoint: string;
  readonly seen: Seen[];
  readonly faults: Fault[];
  /** Paths of files that were asked for, from /resolve. */
  files(): string[];
  close(): Promise<void>;
}

export interface Repository {
  readonly name: string;
  /** By branch or tag. */
  readonly revisions: { readonly [revision: string]: string };
  readonly files: { readonly [name: string]: Uint8Array };
  /** Names of files in LFS. */
  readonly lfs: readonly string[];
}

export const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');
/** As `git hash-object` computes it. */
export const gitHash = (bytes: Uint8Array): string =>
  createHash('sha1').update(`blob ${bytes.length}\0`).update(bytes).digest('hex');

export async function startHub(repository: Repository): Promise<HubServer> {
  const seen: Seen[] = [];
  const faults: Fault[] = [];

  function answer(request: IncomingMessage, response: ServerResponse): void {
    const path = decodeURIComponent(new URL(request.url ?? '/', 'http://hub').pathname);
    const { range, authorization } = request.headers;
    seen.push({
      path,
      ...(range === undefined ? {} : { range }),
      ...(authorization === undefined ? {} : { authorization }),
    });
    const fault = faults.find(({ on, times = 1 }) => path.includes(on) && times > 0);
    if (fault?.times !== undefined) fault.times -= 1;
    if (fault?.status !== undefined) {
      response.writeHead(fault.status, fault.headers).end('refused');
      return;
    }
    const { name, revisions, files, lfs } = repository;
    const commits = Object.values(revisions);
    const json = (value: unknown) =>
      response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(value));
    const missing = (code: string) => response.writeHead(404, { 'x-error-code': code, 'x-error-message': code }).end();

    if (path.startsWith('/lfs/')) {
      send(files[path.slice(5)] as Uint8Array);
      return;
    }
    if (!path.startsWith(`/api/models/${name}/`) && !path.startsWith(`/${name}/`)) {
      missing('RepoNotFound');
      return;
    }
    const [, revision] = /\/revision\/(.+)$/.exec(path) ?? [];
    if (revision !== undefined) {
      const sha = commits.includes(revision) ? revision : revisions[revision];
      if (sha === undefined) missing('RevisionNotFound');
      else json({ _id: '0', id: name, sha });
      return;
    }
    const [, treeOf] = /\/tree\/([^/]+)$/.exec(path) ?? [];
    if (treeOf !== undefined) {
      if (!commits.includes(treeOf)) missing('RevisionNotFound');
      else json(Object.entries(files).map(([file, bytes]) => listing(file, bytes, lfs.includes(file))));
      return;
    }
    const [, file = ''] = /\/resolve\/[0-9a-f]{40}\/(.+)$/.exec(path) ?? [];
    const bytes = files[file];
    if (bytes === undefined) missing('EntryNotFound');
    else if (lfs.includes(file)) response.writeHead(302, { location: `/lfs/${file}` }).end();
    else send(bytes);

    function send(content: Uint8Array): void {
      const whole = fault?.body ?? content;
      const [, from] = /^bytes=(\d+)-$/.exec(fault?.ignoresRange === true ? '' : (range ?? '')) ?? [];
      const start = Number(from ?? 0);
      const part = whole.subarray(start);
      response.writeHead(from === undefined ? 200 : 206, {
        'content-length': part.length,
        ...(from === undefined ? {} : { 'content-range': `bytes ${start}-${whole.length - 1}/${whole.length}` }),
      });
      if (fault?.stalls === true) response.write(part.subarray(0, part.length >> 1));
      else if (fault?.cutAfter === undefined) response.end(part);
      // A moment, for what was sent to be read: a connection that is cut discards the rest.
      else response.write(part.subarray(0, fault.cutAfter), () => setTimeout(() => response.destroy(), 50));
    }
  }

  const server = createServer(answer);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    seen,
    faults,
    files: () =>
      seen.filter(({ path }) => path.includes('/resolve/')).map(({ path }) => path.split('/').at(-1) as string),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** An entry of the tree: files in LFS are listed by the hash of their content, others by git's. */
function listing(path: string, bytes: Uint8Array, isLfs: boolean) {
  const lfs = { oid: sha256(bytes), size: bytes.length, pointerSize: 134 };
  return { type: 'file', path, size: bytes.length, oid: gitHash(bytes), ...(isLfs ? { lfs } : {}) };
}
