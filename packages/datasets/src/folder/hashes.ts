/** Hashes of files, and the digest of a dataset: one hash over all that determines its numbers. */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import type { Description } from './description.js';

/** SHA-256 of some bytes, as hex. */
export function hashBytes(bytes: Uint8Array | string): string {
  return createHash('sha256').update(bytes).digest('hex');
}

/** SHA-256 of a file of any size, as hex. */
export async function hashFile(path: string, signal?: AbortSignal): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(path, { highWaterMark: 2 ** 20 }), hash, ...(signal ? [{ signal }] : []));
  return hash.digest('hex');
}

/**
 * SHA-256 over the declared hashes of all files and over what tells how to read them. Titles, licences and sources are
 * left out: correcting a word must not make old results look as if they came from other data.
 */
export function digestOf({ formatVersion, task, hasText, streams, files }: Description): string {
  const shapes = Object.entries(streams).map(([name, { width, maximumLength }]) => [name, width, maximumLength]);
  return hashBytes(
    JSON.stringify([formatVersion, task, hasText, shapes.sort(byName), Object.entries(files).sort(byName)]),
  );
}

function byName([a]: readonly unknown[], [b]: readonly unknown[]): number {
  return String(a) < String(b) ? -1 : 1;
}
