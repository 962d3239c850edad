/** A thread that reads, transforms and pads the streams of batches, while the engine keeps the main thread busy. */
import { type MessagePort, Worker } from 'node:worker_threads';
import type { SplitRecipe } from '@interfuse/core';
import { fromFailure } from './failure.js';
import type { StreamsRead, StreamsRequest } from './read-streams.js';
import type { FromReader, ToReader } from './serve-reads.js';

export interface ReadingThread {
  /** @throws as `readStreams` does, with the same codes and places */
  read(request: StreamsRequest): Promise<StreamsRead>;
  /** Ends once files are closed and the thread is gone. */
  close(): Promise<void>;
}

/** What a thread and a port to one have in common. */
interface Channel extends Pick<MessagePort, 'postMessage' | 'ref' | 'unref'> {
  on(event: 'message', listener: (answer: FromReader) => void): unknown;
}

export function startReadingThread(recipe: SplitRecipe): ReadingThread {
  const worker = new Worker(new URL('./reading-thread-entry.js', import.meta.url), {
    workerData: recipe,
    execArgv: [],
  });
  const ended = new Promise<void>((resolve) => {
    worker.once('exit', () => resolve());
  });
  const { read, close, fail } = askReader(worker);
  worker.on('error', fail);
  worker.on('exit', (code) => fail(new Error(`The reading thread ended with exit code ${code} before all was read.`)));
  return {
    read,
    async close() {
      close();
      await ended;
    },
  };
}

/** The near end. It keeps the process alive only while it waits for an answer. */
export function askReader(channel: Channel): {
  readonly read: ReadingThread['read'];
  close(): void;
  /** Nothing will be answered any more. */
  fail(error: Error): void;
} {
  const waiting = new Map<number, { resolve(read: StreamsRead): void; reject(error: Error): void }>();
  let asked = 0;
  let failed: Error | undefined;
  const say = (message: ToReader): void => channel.postMessage(message);

  channel.on('message', (answer: FromReader) => {
    const asker = waiting.get(answer.id);
    waiting.delete(answer.id);
    if (waiting.size === 0) channel.unref();
    if ('read' in answer) asker?.resolve(answer.read);
    else asker?.reject(fromFailure(answer.failure));
  });
  channel.unref();

  return {
    read: (request) =>
      new Promise((resolve, reject) => {
        if (failed !== undefined) return reject(failed);
        const id = asked++;
        waiting.set(id, { resolve, reject });
        channel.ref();
        say({ id, request });
      }),
    close() {
      channel.ref();
      say('close');
    },
    fail(error) {
      failed ??= error;
      for (const { reject } of waiting.values()) reject(failed);
      waiting.clear();
    },
  };
}
