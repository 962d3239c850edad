/** Controlled streams tell nothing about the sample that has them, on this thread and on another. */
import type { Dataset, DatasetSpec, Split } from '@interfuse/core';
import { describe, expect, it } from 'vitest';
import { audio, createSmallSplit } from '../small-model.test-support.js';
import { createBatchSource } from './batch-source.js';
import { controlStreams, derangement } from './control-streams.js';
import { openReader } from './controlled-readers.js';
import * as small from './small-reader.test-support.js';

/** Sample 1 lacks its audio. */
const lacking = (name: Split['name'], size: number): Split => ({
  ...createSmallSplit({ size, change: (sample, row) => (row === 1 ? { ...sample, missing: [audio.name] } : sample) }),
  name,
});

const spec = { streams: { [audio.name]: audio } } as unknown as DatasetSpec;
const dataset: Dataset = {
  spec,
  open: async (name) => lacking(name, name === 'train' ? 7 : 5),
  openTest: async () => lacking('test', 6),
};

async function valuesOf(split: Split): Promise<number[][]> {
  const source = createBatchSource({ split, streams: spec.streams, padding: 'fixed' });
  const rows = split.samples.map((_, row) => row);
  const batch = await source.batch(rows);
  const { data, shape } = batch[`streams/${audio.name}/values`] as { data: Float32Array; shape: readonly number[] };
  const size = data.length / (shape[0] as number);
  return rows.map((row) => Array.from(data.subarray(row * size, (row + 1) * size)));
}

describe('constant streams', () => {
  it('are zeros at full length for every sample, also for one that lacks the stream', async () => {
    const split = await controlStreams(dataset, 'constant-streams', 1).open('train');
    const source = createBatchSource({ split, streams: spec.streams, padding: 'fixed' });
    const batch = await source.batch([0, 1, 2]);
    expect(batch[`streams/${audio.name}/mask`]?.data).toEqual(new Uint8Array(3 * audio.maximumLength).fill(1));
    expect(batch[`streams/${audio.name}/present`]?.data).toEqual(Uint8Array.of(1, 1, 1));
    expect(batch[`streams/${audio.name}/values`]?.data.every((value) => value === 0)).toBe(true);
  });

  it('leave text and labels as they are', async () => {
    const split = await controlStreams(dataset, 'constant-streams', 1).open('valid');
    expect(split.samples.map(({ text, labels }) => ({ text, labels }))).toEqual(
      lacking('valid', 5).samples.map(({ text, labels }) => ({ text, labels })),
    );
  });
});

describe('shuffled streams', () => {
  it('are those of another sample for every sample, each dealt once, what is lacking included', async () => {
    const before = await valuesOf(await dataset.open('train'));
    const split = await controlStreams(dataset, 'shuffled-streams', 1).open('train');
    const after = await valuesOf(split);
    const givers = derangement(7, 1, 'train');
    expect(after).toEqual(Array.from(givers, (giver) => before[giver]));
    expect(givers.every((giver, row) => giver !== row)).toBe(true);
    expect([...givers].sort()).toEqual([0, 1, 2, 3, 4, 5, 6]);
    expect(split.samples.map(({ missing }) => missing !== undefined)).toEqual(
      Array.from(givers, (giver) => giver === 1),
    );
  });

  it('are dealt within each split, the test split too, by seed alone', async () => {
    const receipt = { run: 'run', checkpoint: '00' };
    const before = await valuesOf(await dataset.openTest(receipt));
    const after = await valuesOf(await controlStreams(dataset, 'shuffled-streams', 3).openTest(receipt));
    expect(after).toEqual(Array.from(derangement(6, 3, 'test'), (giver) => before[giver]));
    expect(derangement(50, 3, 'test')).toEqual(derangement(50, 3, 'test'));
    expect(derangement(50, 4, 'test')).not.toEqual(derangement(50, 3, 'test'));
    expect(derangement(50, 3, 'valid')).not.toEqual(derangement(50, 3, 'test'));
  });

  it('are read alike on a thread of their own', async () => {
    const { read } = await small.openReader({ size: 12 });
    const split: Split = { ...createSmallSplit({ size: 12 }), read, recipe: small.smallRecipe({ size: 12 }) };
    const controlled = await controlStreams({ ...dataset, open: async () => split }, 'shuffled-streams', 1).open(
      'train',
    );
    const { data, through, bytes } = controlled.recipe as {
      data: Int32Array;
      through: { data: small.SmallReader };
      bytes: number;
    };
    const there = await openReader(data, await small.openReader(through.data));
    for (const rows of [[0], [5, 2]])
      expect(await there.read('audio', rows)).toEqual(await controlled.read('audio', rows));
    expect(bytes).toBe(1e9);
  });

  it('need two samples', () => {
    expect(() => derangement(1, 1, 'valid')).toThrow(expect.objectContaining({ code: 'CONFIG_WRONG_VALUE' }));
  });
});
