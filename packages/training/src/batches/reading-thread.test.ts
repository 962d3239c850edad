import { once } from 'node:events';
import { MessageChannel } from 'node:worker_threads';
import { afterEach, describe, expect, it } from 'vitest';
import { audio } from '../small-model.test-support.js';
import { readStreams, type StreamsRequest } from './read-streams.js';
import { askReader } from './reading-thread.js';
import { serveReads } from './serve-reads.js';
import { closed, openReader, type SmallReader, smallRecipe } from './small-reader.test-support.js';

const ports: MessageChannel[] = [];
afterEach(() => {
  for (const { port1, port2 } of ports.splice(0)) {
    port1.close();
    port2.close();
  }
});

/** Both ends of a thread, on this one: what they say to each other goes through the same clones and transfers. */
function connect(data: SmallReader) {
  const channel = new MessageChannel();
  ports.push(channel);
  serveReads(channel.port2, smallRecipe(data));
  return { ...askReader(channel.port1), port: channel.port1 };
}

function request(rows: number[], change: Partial<StreamsRequest> = {}): StreamsRequest {
  const streams = [{ spec: audio, lacks: rows.map(() => false) }];
  return { rows, streams, padding: 'fixed', textShare: 0, ...change };
}

describe('a reading thread', () => {
  it('gives the bytes that reading here gives, whatever the padding and whatever is lacking', async () => {
    const { read } = connect({ size: 12 });
    const here = await openReader({ size: 12 });
    for (const padding of ['fixed', 'invariant', 'bucketed'] as const) {
      for (const textShare of [0, 0.6]) {
        const streams = [{ spec: audio, lacks: [false, true, false] }];
        const asked = request([7, 2, 9], { padding, textShare, streams });
        expect(await read(asked)).toEqual(await readStreams(here, asked));
      }
    }
  });

  it('answers several requests, each to who asked', async () => {
    const { read } = connect({ size: 40 });
    const here = await openReader({ size: 40 });
    const asked = [10, 20, 30].map((row) => request([row, row + 1]));
    expect(await Promise.all(asked.map(read))).toEqual(await Promise.all(asked.map((one) => readStreams(here, one))));
  });

  it('tells what cannot be trained on with the same code and place, and reads on', async () => {
    const { read } = connect({ size: 12 });
    const here = await openReader({ size: 12 });
    for (const strange of [
      request([1, 3]),
      request([0], { streams: [{ spec: { ...audio, maximumLength: 1 }, lacks: [false] }] }),
    ]) {
      const expected = (await readStreams(here, strange).catch((error: unknown) => error)) as Error;
      const { code, place, message, name } = expected as Error & { code: string; place: string };
      expect(code).toMatch(/^DATASET_/);
      await expect(read(strange)).rejects.toMatchObject({ code, place, message, name });
    }
    expect((await read(request([1]))).tensors['streams/audio/present']?.data).toEqual(Uint8Array.of(1));
  });

  it('tells why it could not be opened to whoever asks', async () => {
    const { read } = connect({ size: 1, broken: true });
    await expect(read(request([0]))).rejects.toThrow('there is no such disk');
    await expect(read(request([0]))).rejects.toThrow('there is no such disk');
  });

  it('that dies fails what waits and what is asked later', async () => {
    const { read, fail } = connect({ size: 12 });
    const waiting = read(request([1]));
    fail(new Error('out of memory'));
    await expect(waiting).rejects.toThrow('out of memory');
    await expect(read(request([1]))).rejects.toThrow('out of memory');
  });

  it('closes its files, and then its end', async () => {
    const { read, close, port } = connect({ size: 12 });
    await read(request([1]));
    closed.splice(0);
    close();
    await once(port, 'close');
    expect(closed).toEqual(['12']);
  });
});
