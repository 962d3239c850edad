/** Swapped modalities: each comes whole from the sample that gives it, masks, lengths, presence and memoised states included. */
import type { HostTensor, HostTensors } from '@interfuse/core';
import { describe, expect, it } from 'vitest';
import { audio, createSmallSplit, letters } from '../small-model.test-support.js';
import { type BatchSettings, type BatchSource, createBatchSource } from './batch-source.js';
import type { Giver } from './giver.js';
import type { Padding } from './padding.js';

/** Sample 1 lacks its audio. */
const split = createSmallSplit({
  size: 7,
  change: (sample, row) => (row === 1 ? { ...sample, missing: [audio.name] } : sample),
});
const source = (padding: Padding, changes: Partial<BatchSettings> = {}): BatchSource =>
  createBatchSource({ split, tokenizer: letters, textLength: 10, streams: { audio }, padding, ...changes });

const texts = [4, 5, 6, 0, 1, 2, 3];
const streams = [2, 3, 1, 6, 5, 4, 0];
const giver: Giver = (row, modality) => (modality === 'text' ? texts : streams)[row] as number;

const only = (batch: HostTensors, start: string) =>
  Object.fromEntries(Object.entries(batch).filter(([path]) => path.startsWith(start)));

describe('swapped modalities', () => {
  it('are those of their givers, with their masks and presence; rows and labels stay', async () => {
    const rows = [0, 2, 5];
    const swapped = await source('fixed').batch(rows, undefined, giver);
    const [own, textGivers, streamGivers] = await Promise.all(
      [rows, rows.map((row) => texts[row] as number), rows.map((row) => streams[row] as number)].map((each) =>
        source('fixed').batch(each),
      ),
    );
    expect(only(swapped, 'text/')).toEqual(only(textGivers as HostTensors, 'text/'));
    expect(only(swapped, 'streams/')).toEqual(only(streamGivers as HostTensors, 'streams/'));
    expect(only(swapped, 'labels/')).toEqual(only(own as HostTensors, 'labels/'));
    expect(swapped.rows).toEqual((own as HostTensors).rows);
    // Row 2 gets the audio that sample 1 lacks.
    expect([...(swapped['streams/audio/present'] as HostTensor).data]).toEqual([1, 0, 1]);
  });

  it('are padded to what they need themselves', async () => {
    const rows = [0, 1, 2, 3, 4, 5, 6];
    const swapped = await source('invariant').batch(rows, undefined, giver);
    const unpadded = (batch: HostTensors, values: string, mask: string, row: number) => {
      const { data, shape } = batch[values] as HostTensor;
      const bits = (batch[mask] as HostTensor).data;
      const [count, length] = shape as [number, number];
      const width = data.length / count / length;
      const real = [...bits.slice(row * length, (row + 1) * length)].filter(Boolean).length;
      return [...data.slice(row * length * width, (row * length + real) * width)];
    };
    const whole = await source('fixed').batch(rows);
    for (const row of rows) {
      for (const [modality, values, mask] of [
        ['text', 'text/tokens', 'text/mask'],
        ['audio', 'streams/audio/values', 'streams/audio/mask'],
      ] as const) {
        expect(unpadded(swapped, values, mask, row)).toEqual(unpadded(whole, values, mask, giver(row, modality)));
      }
    }
  });

  it('may be withheld, by the sample that would get them', async () => {
    const batch = await source('fixed').batch([0, 3], (row, modality) => row === 3 && modality === 'audio', giver);
    expect([...(batch['streams/audio/present'] as HostTensor).data]).toEqual([1, 0]);
    expect([...(batch['text/present'] as HostTensor).data]).toEqual([
      ...((await source('fixed').batch([4, 0]))['text/present'] as HostTensor).data,
    ]);
  });

  it('are refused where batches tell when words are spoken', async () => {
    const words = split.samples.map((sample) => ({ ...sample, words: [] }));
    const timed = source('fixed', { split: { ...split, samples: words }, wordTimes: true });
    await expect(timed.batch([0], undefined, giver)).rejects.toThrow(RangeError);
  });
});
