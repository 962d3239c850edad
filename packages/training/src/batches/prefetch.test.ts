import { setTimeout as pause } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { prefetch } from './prefetch.js';

/** Reads that take a moment, and what has begun and ended. */
function slowly(fails?: number) {
  const events: string[] = [];
  async function read(item: number): Promise<number> {
    events.push(`begin ${item}`);
    await pause(5);
    events.push(`end ${item}`);
    if (item === fails) throw new Error(`cannot read ${item}`);
    return 10 * item;
  }
  return { events, read };
}

describe('reading ahead', () => {
  it('gives everything in order, the next read while one is in use, and no more than one', async () => {
    const { events, read } = slowly();
    const seen: [number, number][] = [];
    for await (const pair of prefetch([1, 2, 3], read)) {
      seen.push(pair);
      events.push(`use ${pair[0]}`);
      await pause(20);
    }
    expect(seen).toEqual([
      [1, 10],
      [2, 20],
      [3, 30],
    ]);
    expect(events).toEqual([
      ...['begin 1', 'end 1', 'begin 2', 'use 1'],
      ...['end 2', 'begin 3', 'use 2'],
      ...['end 3', 'use 3'],
    ]);
  });

  it('gives nothing of nothing', async () => {
    for await (const _ of prefetch([], slowly().read)) throw new Error('there is nothing');
  });

  it('throws the error of an item when it is its turn, and reads on no further', async () => {
    const { events, read } = slowly(2);
    const seen: number[] = [];
    const use = async () => {
      for await (const [item] of prefetch([1, 2, 3], read)) {
        seen.push(item);
        await pause(20); // The second has failed long before anybody waits for it.
      }
    };
    await expect(use()).rejects.toThrow('cannot read 2');
    expect(seen).toEqual([1]);
    expect(events).toEqual(['begin 1', 'end 1', 'begin 2', 'end 2']);
  });

  it('that is broken off ends when nothing is being read any more', async () => {
    for (const fails of [undefined, 2]) {
      const { events, read } = slowly(fails);
      const use = async () => {
        for await (const _ of prefetch([1, 2, 3], read)) throw new Error('Ctrl-C');
      };
      await expect(use()).rejects.toThrow('Ctrl-C');
      expect(events).toEqual(['begin 1', 'end 1', 'begin 2', 'end 2']);
    }
  });
});
