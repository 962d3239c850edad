/** The far end of a reading thread: opens the streams of a split from their recipe, and reads what it is asked for. */
import type { MessagePort } from 'node:worker_threads';
import type { OpenReader, SplitReader, SplitRecipe } from '@interfuse/core';
import { type Failure, toFailure } from './failure.js';
import { readStreams, type StreamsRead, type StreamsRequest } from './read-streams.js';

export type ToReader = { readonly id: number; readonly request: StreamsRequest } | 'close';

export type FromReader =
  | { readonly id: number; readonly read: StreamsRead }
  | { readonly id: number; readonly failure: Failure };

/** Answers in whatever order reads end. When told to close, it closes the files and then the port. */
export function serveReads(port: MessagePort, recipe: SplitRecipe): void {
  const opening = openRecipe(recipe);
  // Told to whoever asks for a batch.
  opening.catch(() => undefined);

  async function answer(id: number, request: StreamsRequest): Promise<void> {
    try {
      const read = await readStreams(await opening, request);
      // Handed over, not copied.
      const buffers = Object.values(read.tensors).map(({ data }) => data.buffer as ArrayBuffer);
      port.postMessage({ id, read } satisfies FromReader, buffers);
    } catch (error) {
      port.postMessage({ id, failure: toFailure(error) } satisfies FromReader);
    }
  }

  async function close(): Promise<void> {
    const reader = await opening.catch(() => undefined);
    await reader?.close();
    port.close();
  }

  port.on('message', (message: ToReader) => {
    void (message === 'close' ? close() : answer(message.id, message.request));
  });
}

async function openRecipe({ module, data, through }: SplitRecipe): Promise<SplitReader> {
  const { openReader } = (await import(module)) as { openReader: OpenReader<unknown> };
  return openReader(data, through && (await openRecipe(through)));
}
