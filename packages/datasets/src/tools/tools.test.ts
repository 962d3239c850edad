import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { RaggedRows, Sample, SplitName } from '@interfuse/core';
import { writeSafetensors } from '@interfuse/safetensors';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  type AuthoredDescription,
  buildDataset,
  type SplitToWrite,
  verifyDataset,
  writeDataset,
} from '../folder/index.js';
import { type Arrangement, drawSplits, drawSubset, inspectDataset, openWhole, rearrange } from './index.js';

let parent: string;
let folder: string;
beforeEach(() => {
  parent = mkdtempSync(join(tmpdir(), 'interfuse-tools-'));
  folder = join(parent, 'small');
});
afterEach(() => rmSync(parent, { recursive: true }));

const authored: AuthoredDescription = {
  name: 'small',
  title: 'A small dataset',
  task: { kind: 'regression', range: [-3, 3] },
  hasText: true,
  streams: { audio: { width: 2 }, vision: { width: 1 } },
  labels: { task: 'sentiment', mood: 'of some' },
  licence: 'CC0-1.0',
  sources: [{ title: 'made up' }],
};

/** Samples of three in a group; every value of a stream is another, and leads back to its sample. */
function split(name: SplitName, size: number, first: number): SplitToWrite {
  const samples = Array.from(
    { length: size },
    (_, i): Sample => ({
      id: `${name}-${i}`,
      text: `Text ${first + i}`,
      labels: { task: ((i * 5) % 7) - 3, ...(i === 0 ? { mood: 2 } : {}) },
      group: `${name}-video-${Math.floor(i / 3)}`,
      ...(i === 1 ? { missing: ['vision'] } : {}),
    }),
  );
  const audio = samples.map((_, i) => 1 + (i % 2));
  const vision = samples.map((_, i) => (i === 1 ? 0 : 2));
  const rows = (lengths: number[], width: number): RaggedRows => ({
    values: Float32Array.from(
      lengths.flatMap((length, i) => Array.from({ length: length * width }, (_, j) => first + i + j / 8)),
    ),
    lengths,
  });
  return { samples, streams: { audio: rows(audio, 2), vision: rows(vision, 1) } };
}

const splits = () => ({ train: split('train', 70, 0), valid: split('valid', 21, 100), test: split('test', 30, 200) });

describe('inspecting a dataset', () => {
  it('counts samples, groups, texts, steps, labels and missing streams', async () => {
    await writeDataset(folder, authored, splits());
    const { bins, splits: found, leaks } = await inspectDataset(folder);
    expect(leaks).toEqual([]);
    expect(bins).toHaveLength(7);
    // 70 samples in groups of three; labels -3 to 3 in turn, ten of each.
    expect(found.train).toMatchObject({
      samples: 70,
      groups: 24,
      withText: 70,
      textLength: { least: 6, median: 7, most: 7 },
    });
    expect(found.train.histogram).toEqual([10, 10, 10, 10, 10, 10, 10]);
    expect(found.train.labels).toEqual({ task: { known: 70, mean: 0 }, mood: { known: 1, mean: 2 } });
    expect(found.train.streams.audio).toMatchObject({
      present: 70,
      missing: 0,
      nonFinite: 0,
      least: 0,
      constantFeatures: 0,
    });
    expect(found.train.streams.audio?.steps).toEqual({ least: 1, median: 1.5, most: 2 });
    expect(found.train.streams.vision).toMatchObject({
      present: 69,
      missing: 1,
      steps: { least: 2, median: 2, most: 2 },
    });
  });

  it('counts values that are not finite and features that never change', async () => {
    await writeDataset(folder, authored, splits());
    const { lengths } = splits().valid.streams.vision as RaggedRows;
    const values = new Float32Array(40).fill(1);
    values[7] = Number.NaN;
    await writeSafetensors(join(folder, 'valid', 'vision.safetensors'), {
      values: { shape: [40, 1], data: values },
      lengths: { shape: [21], data: Int32Array.from(lengths) },
    });
    const { valid } = (await inspectDataset(folder)).splits;
    // Sample 1 has no step: value 7 is of sample 4.
    expect(valid.streams.vision).toMatchObject({ nonFinite: 1, firstNonFinite: 'valid-4', constantFeatures: 1 });
  });

  it('finds what splits share: recordings, groups, texts', async () => {
    const { train, valid, test } = splits();
    const copied = { ...train.samples[5], id: 'test-0', group: 'train-video-1', text: ' text 5' } as Sample;
    const audio = Float32Array.from((test.streams.audio as RaggedRows).values);
    // Sample 5 of train has two steps of audio, as sample 1 of test has: rows 1 and 2.
    audio.set([5, 5.125, 5.25, 5.375], 2);
    const leaky = {
      samples: [copied, ...test.samples.slice(1)],
      streams: { ...test.streams, audio: { ...(test.streams.audio as RaggedRows), values: audio } },
    };
    await writeDataset(folder, authored, { train, valid, test: leaky });
    expect((await inspectDataset(folder)).leaks).toEqual([
      { kind: 'stream', stream: 'audio', splits: ['train', 'test'], count: 1, example: ['train-5', 'test-1'] },
      { kind: 'group', splits: ['train', 'test'], count: 1, example: ['train-5', 'test-0'] },
      { kind: 'text', splits: ['train', 'test'], count: 1, example: ['train-5', 'test-0'] },
    ]);
  });
});

describe('splitting a dataset anew', () => {
  const draw = async (seed: number, changes: object = {}) => {
    const dataset = await openWhole(folder);
    const drawn = drawSplits(dataset, { shares: [0.6, 0.2, 0.2], seed, by: 'group', stratify: true, ...changes });
    await dataset.close();
    return drawn;
  };
  const sizes = ({ train, valid, test }: Arrangement) => [train.length, valid.length, test.length];
  beforeEach(() => writeDataset(folder, authored, splits()));

  it('keeps groups together, the shares, and labels alike', async () => {
    const drawn = await draw(1);
    // 121 samples: 72.6, 24.2 and 24.2; groups of three cannot do better than by two.
    const [train = 0, valid = 0, test = 0] = sizes(drawn);
    expect(train + valid + test).toBe(121);
    expect(Math.abs(train - 72.6)).toBeLessThan(3);
    expect(Math.abs(valid - 24.2)).toBeLessThan(3);
    const out = join(parent, 'anew');
    const dataset = await openWhole(folder);
    await rearrange(dataset, drawn, out, { title: 'Anew' });
    await dataset.close();
    await verifyDataset(out);
    const inspection = await inspectDataset(out);
    expect(inspection.leaks).toEqual([]);
    for (const { samples, histogram } of Object.values(inspection.splits)) {
      for (const count of histogram) expect(Math.abs(count - samples / 7)).toBeLessThan(3);
    }
  });

  it('is the same for the same seed, and another for another', async () => {
    const first = await draw(1);
    expect(await draw(1)).toEqual(first);
    expect(await draw(2)).not.toEqual(first);
    expect(sizes(await draw(1, { by: 'sample', stratify: false }))).toEqual([73, 24, 24]);
  });

  it('moves every sample with its streams, labels and what it lacks', async () => {
    const dataset = await openWhole(folder);
    await rearrange(dataset, await draw(3), join(parent, 'anew'), { title: 'Anew' });
    const anew = await openWhole(join(parent, 'anew'));
    const before = new Map<string, unknown>();
    for (const [whole, isFirst] of [
      [dataset, true],
      [anew, false],
    ] as const) {
      for (const { samples, read } of Object.values(whole.splits)) {
        for (const [position, sample] of samples.entries()) {
          const content = { sample, audio: await read('audio', [position]), vision: await read('vision', [position]) };
          if (isFirst) before.set(sample.id, content);
          else expect(content).toEqual(before.get(sample.id));
        }
      }
    }
    expect(before.size).toBe(121);
    expect(anew.spec.sizes.train + anew.spec.sizes.valid + anew.spec.sizes.test).toBe(121);
    await dataset.close();
    await anew.close();
  });
});

describe('a subset of a dataset', () => {
  it('has the sizes that were asked for, with labels spread as in the whole, and the streams', async () => {
    const words = [{ text: 'Text', start: 0, end: 1 }];
    const { train, ...others } = splits();
    const spoken = { ...train, samples: train.samples.map((sample) => ({ ...sample, words })) };
    await writeDataset(folder, authored, { train: spoken, ...others });
    const dataset = await openWhole(folder);
    const drawn = drawSubset(dataset, { sizes: { train: 14, test: 5 }, seed: 1 });
    await rearrange(dataset, drawn, join(parent, 'part'), { title: 'Part', streams: ['audio'], withoutText: true });
    await dataset.close();
    const { sizes, streams, hasText } = await verifyDataset(join(parent, 'part'));
    expect([sizes, Object.keys(streams), hasText]).toEqual([{ train: 14, valid: 21, test: 5 }, ['audio'], false]);
    expect((await inspectDataset(join(parent, 'part'))).splits.train.histogram).toEqual([2, 2, 2, 2, 2, 2, 2]);
  });
});

describe('building a dataset folder', () => {
  const samples = {
    train: split('train', 1, 0).samples,
    valid: split('valid', 1, 1).samples,
    test: split('test', 1, 2).samples,
  };
  const oneStream: AuthoredDescription = { ...authored, streams: { audio: { width: 2 } } };
  const rows = (...values: number[]): RaggedRows => ({
    values: Float32Array.from(values),
    lengths: [values.length / 2],
  });

  it('removes what a process that is gone left, and nothing of one that works', async () => {
    // No process has this number: it is above the largest that Linux gives.
    const [gone, working] = [join(parent, '.small.4194305-1.part'), join(parent, `.small.${process.pid}-99.part`)];
    for (const path of [gone, working]) writeFileSync(path, '');
    await writeDataset(folder, authored, splits());
    expect(readdirSync(parent).sort()).toEqual([`.small.${process.pid}-99.part`, 'small']);
  });

  it.each([
    ['not as many samples', [rows(1, 2), rows(3, 4)], 'DATASET_INVALID'],
    ['no sample', [], 'DATASET_INVALID'],
    ['more steps than announced', [rows(1, 2, 3, 4, 5, 6, 7, 8)], 'DATASET_INVALID'],
    ['half a step', [{ values: Float32Array.of(1, 2, 3), lengths: [1] }], 'DATASET_INVALID'],
    ['a value that is not finite', [rows(1, Number.NaN)], 'DATASET_NOT_FINITE'],
  ])('refuses a stream with %s and leaves nothing', async (_what, chunks, code) => {
    const work = buildDataset(folder, {}, async (builder) => {
      for (const name of ['train', 'valid', 'test'] as const) {
        await builder.stream(name, 'audio', { width: 2, count: 1, mostRows: 3, chunks });
      }
      return { authored: oneStream, samples };
    });
    await expect(work).rejects.toMatchObject({ code });
    expect(readdirSync(parent)).toEqual([]);
  });

  it('makes the folders around it, and leaves none of them when it fails', async () => {
    const deep = join(parent, 'a', 'b', 'small');
    await expect(writeDataset(deep, authored, { ...splits(), valid: splits().train })).rejects.toMatchObject({
      code: 'DATASET_INVALID',
    });
    expect(readdirSync(parent)).toEqual([]);
    await writeDataset(deep, authored, splits());
    expect(readdirSync(join(parent, 'a', 'b'))).toEqual(['small']);
  });

  it('leaves nothing when it is aborted', async () => {
    const stop = new AbortController();
    const work = buildDataset(folder, { signal: stop.signal }, async (builder) => {
      await builder.stream('train', 'audio', { width: 2, count: 1, mostRows: 3, chunks: [rows(1, 2)] });
      stop.abort();
      await builder.stream('valid', 'audio', { width: 2, count: 1, mostRows: 3, chunks: [rows(1, 2)] });
      return { authored: oneStream, samples };
    });
    await expect(work).rejects.toThrow(/abort/i);
    expect(readdirSync(parent)).toEqual([]);
  });
});
