/** Where the streams of a split are read: on a thread of their own where that pays, or else on this one. */
import type { Split } from '@interfuse/core';
import { readStreams, type StreamsRead, type StreamsRequest } from './read-streams.js';
import { type ReadingThread, startReadingThread } from './reading-thread.js';

/** From as many bytes, one epoch of reading takes longer than a thread to start. */
const worthAThread = 32e6;

/** Node loads the entry of a thread from the build alone; what runs from the sources reads on its own thread. */
const isBuilt = import.meta.url.endsWith('.js');

export interface StreamReading {
  read(request: StreamsRequest): Promise<StreamsRead>;
  /** Ends the thread, if there is one; the split stays open. */
  close(): Promise<void>;
}

/** The thread starts when there is something to read. */
export function openStreamReading(split: Split): StreamReading {
  const { recipe } = split;
  let thread: ReadingThread | undefined;
  return {
    async read(request) {
      const pays = recipe !== undefined && isBuilt && recipe.bytes >= worthAThread;
      if (!pays || request.streams.every(({ lacks }) => lacks.every(Boolean))) return readStreams(split, request);
      thread ??= startReadingThread(recipe);
      return thread.read(request);
    },
    async close() {
      await thread?.close();
      thread = undefined;
    },
  };
}
