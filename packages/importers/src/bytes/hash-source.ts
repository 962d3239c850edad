/** SHA-256 of a file, chunk by chunk, so that progress can be told and Ctrl-C gets a turn. */
import { createHash } from 'node:crypto';
import { setImmediate } from 'node:timers/promises';
import type { ByteSource } from './byte-source.js';

const chunkLength = 1 << 22;

export async function hashSource(
  source: ByteSource,
  { signal, progress }: { readonly signal?: AbortSignal | undefined; readonly progress?: (share: number) => void },
): Promise<string> {
  const hash = createHash('sha256');
  const chunk = new Uint8Array(Math.min(chunkLength, source.size));
  for (let position = 0; position < source.size; position += chunk.length) {
    hash.update(chunk.subarray(0, source.readAt(position, chunk)));
    progress?.(position / source.size);
    await setImmediate();
    signal?.throwIfAborted();
  }
  return hash.digest('hex');
}
