/**
 * One blob of the cache, fetched so that a cut costs only what had not arrived: bytes are appended to `<blob>.incomplete`,
 * as Python's `huggingface_hub` does, and the file gets its name when its hash is right.
 */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { open, rename, rm, stat } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import { InterfuseError } from '@interfuse/core';
import { attempts, type Request, type RequestSettings, unreachable, waitBefore } from './request.js';

export interface BlobSource {
  readonly url: URL;
  readonly size: number;
  /** Of the content (files in LFS), or of git's blob: the header `blob <size>\0` and the content. */
  readonly hash: { readonly kind: 'sha256' | 'git-sha1'; readonly hex: string };
}

export interface DownloadSettings extends RequestSettings {
  readonly request: Request;
  /** Bytes of the file that are here. */
  onProgress(bytes: number): void;
}

/**
 * @param file where the blob is to lie
 * @throws HUB_DAMAGED, FILE_NOT_WRITTEN, and what a request throws
 */
export async function downloadBlob(file: string, source: BlobSource, settings: DownloadSettings): Promise<void> {
  const incomplete = `${file}.incomplete`;
  const found = await stat(incomplete).catch(() => undefined);
  if (found !== undefined && found.size > source.size) await rm(incomplete);
  const left = found === undefined || found.size > source.size ? 0 : found.size;
  let got = await complete(incomplete, source, left, settings);
  if (got !== source.hash.hex && left > 0) {
    // What an earlier attempt had left may be at fault.
    await rm(incomplete);
    got = await complete(incomplete, source, 0, settings);
  }
  if (got !== source.hash.hex) {
    await rm(incomplete);
    throw new InterfuseError('HUB_DAMAGED', {
      place: `${settings.place} (${source.url.href})`,
      expected: `${source.hash.kind} ${source.hash.hex}, as the Hub lists it`,
      got,
    });
  }
  await writing(file, () => rename(incomplete, file));
}

/** Appends what is not there yet, in as many requests as it takes, and returns the hash of the whole. */
async function complete(
  incomplete: string,
  { url, size, hash: { kind } }: BlobSource,
  left: number,
  settings: DownloadSettings,
): Promise<string> {
  const start = () => (kind === 'sha256' ? createHash('sha256') : createHash('sha1').update(`blob ${size}\0`));
  let hash = start();
  if (left > 0) await pipeline(createReadStream(incomplete), hash, { end: false });
  const handle = await writing(incomplete, () => open(incomplete, 'a'));
  try {
    let bytes = left;
    settings.onProgress(bytes);
    for (let attempt = 1; bytes < size; ) {
      const response = await settings.request(url, bytes > 0 ? { headers: { range: `bytes=${bytes}-` } } : {});
      if (!continues(response, bytes)) {
        await writing(incomplete, () => handle.truncate(0));
        hash = start();
        bytes = 0;
      }
      // Out of range: what is here is not a part of what is there now.
      if (response.status === 416) {
        if (attempt === attempts) throw unreachable(new Error('416: no such range'), url, settings.place);
        attempt += 1;
        continue;
      }
      const before = bytes;
      const cut = await eachChunk(response, async (chunk) => {
        if (bytes + chunk.byteLength > size) throw tooLong(url, size, settings.place);
        await writing(incomplete, () => handle.appendFile(chunk));
        hash.update(chunk);
        bytes += chunk.byteLength;
        settings.onProgress(bytes);
      });
      if (bytes === size) break;
      settings.signal?.throwIfAborted();
      attempt = bytes > before ? 1 : attempt + 1;
      if (attempt > attempts) throw unreachable(cut ?? new Error(`${bytes} of ${size} bytes`), url, settings.place);
      await waitBefore(attempt, settings);
    }
    await writing(incomplete, () => handle.sync());
    return hash.digest('hex');
  } finally {
    await handle.close();
  }
}

/** Whether the bytes that come are those after the ones that are here. A server may answer with the whole file instead. */
function continues(response: Response, bytes: number): boolean {
  if (bytes === 0) return true;
  const [, from] = /^bytes (\d+)-/.exec(response.headers.get('content-range') ?? '') ?? [];
  return response.status === 206 && (from === undefined || Number(from) === bytes);
}

/** Returns what cut the answer short, if anything did. @throws what `take` throws */
async function eachChunk(response: Response, take: (chunk: Uint8Array) => Promise<void>): Promise<Error | undefined> {
  const reader = (response.body as ReadableStream<Uint8Array>).getReader();
  try {
    for (;;) {
      const next = await reader.read().catch((error: unknown) => error as Error);
      if (next instanceof Error) return next;
      if (next.done) return undefined;
      await take(next.value);
    }
  } finally {
    await reader.cancel().catch(() => undefined);
  }
}

function tooLong(url: URL, size: number, place: string): InterfuseError {
  return new InterfuseError('HUB_DAMAGED', {
    place: `${place} (${url.href})`,
    expected: `${size} bytes, as the Hub lists it`,
    got: 'more',
  });
}

/** @throws FILE_NOT_WRITTEN for what the file system refuses, such as a full disk; what has arrived stays */
export async function writing<T>(place: string, act: () => Promise<T>): Promise<T> {
  try {
    return await act();
  } catch (cause) {
    throw new InterfuseError('FILE_NOT_WRITTEN', {
      place,
      expected: 'a folder that can be written to, with room for the file',
      got: cause instanceof Error ? cause.message : String(cause),
      remedy: 'Make room or choose another folder (HF_HUB_CACHE), then run the same command again: it resumes.',
      cause,
    });
  }
}
