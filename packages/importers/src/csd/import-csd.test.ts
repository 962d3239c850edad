import { readdirSync, writeFileSync } from 'node:fs';
import { openDataset } from '@interfuse/datasets/folder';
import { beforeEach, describe, expect, it } from 'vitest';
import { contentsOf, temporaryFolder } from '../../test/folders.js';
import { writeSequences } from '../../test/hdf5-files.js';
import { drawFolds } from './folds.js';
import { importCsd } from './import-csd.js';

const folder = temporaryFolder();
const videos = ['a', 'b', 'c'];

/** Three videos alike: two segments of two words and a pause; audio twice a second, vision in the first video only. */
beforeEach(async () => {
  const perVideo = <T>(entry: T) => Object.fromEntries(videos.map((video) => [video, entry]));
  await writeSequences(
    folder.at('labels.csd'),
    'Opinion Segment Labels',
    perVideo({ intervals: [0, 2, 2, 4], features: { shape: [2, 1], data: Float32Array.of(1.5, -3) } }),
  );
  await writeSequences(
    folder.at('words.csd'),
    'words',
    perVideo({
      intervals: [0, 1, 1, 1.5, 1.5, 2.2, 2.4, 4],
      features: { shape: [4, 1], data: ['really', 'sp', 'good', 'no'] },
    }),
  );
  await writeSequences(
    folder.at('audio.csd'),
    'COVAREP',
    perVideo({
      intervals: [0, 0.5, 0.5, 1, 1, 1.5, 1.5, 2, 2, 2.5, 2.5, 3, 3, 3.5, 3.5, 4],
      features: {
        shape: [8, 2],
        data: Float64Array.from({ length: 16 }, (_, i) => (i === 15 ? Number.NEGATIVE_INFINITY : i)),
      },
    }),
  );
  await writeSequences(folder.at('vision.csd'), 'FACET', {
    a: { intervals: [0, 2], features: { shape: [1, 1], data: Float32Array.of(7) } },
  });
  writeFileSync(folder.at('folds.json'), JSON.stringify({ train: ['a'], valid: ['b'], test: ['c'] }));
});

const options = () => ({
  labels: folder.at('labels.csd'),
  words: folder.at('words.csd'),
  streams: { audio: folder.at('audio.csd'), vision: folder.at('vision.csd') },
  folds: folder.at('folds.json'),
});

describe('importing computational sequences', () => {
  it('makes a sample of each labelled segment and averages features over each word', async () => {
    const report = await importCsd(folder.at('out'), options());
    const { train, valid } = await contentsOf(folder.at('out'));
    expect(train.samples).toEqual([
      {
        id: 'a[0]',
        group: 'a',
        text: 'really good',
        words: [
          { text: 'really', start: 0, end: 1 },
          { text: 'good', start: 1.5, end: 2.2 },
        ],
        labels: { task: 1.5 },
      },
      {
        id: 'a[1]',
        group: 'a',
        text: 'no',
        words: [{ text: 'no', start: 0.4, end: 2 }],
        labels: { task: -3 },
        missing: ['vision'],
      },
    ]);
    // "really" overlaps steps 0 and 1, "good" (1.5 to 2.2 s) steps 3 and 4, "no" (2.4 to 4 s) steps 4 to 7.
    // Features are 2 * step and 2 * step + 1; the last one, -infinity, makes its mean -infinity, which is read as 0.
    expect(train.streams.audio).toEqual({ lengths: [2, 1], values: Float32Array.of(1, 2, 7, 8, 11, 0) });
    // One step of vision overlaps both words; nothing of it overlaps the second segment.
    expect(train.streams.vision).toEqual({ lengths: [2, 0], values: Float32Array.of(7, 7) });
    expect(valid.samples.map(({ missing }) => missing)).toEqual([['vision'], ['vision']]);
    const { spec } = await openDataset(folder.at('out'));
    expect([spec.wordTimes, spec.streams.audio?.pace]).toEqual(['measured', 'word']);
    expect(report.sizes).toEqual({ train: 2, valid: 2, test: 2 });
    expect(report.notes).toEqual(['audio: 3 times -infinity was read as 0.']);
  });

  it('reads classes where the labels are their indices', async () => {
    const emotion = { intervals: [0, 2, 2, 4], features: { shape: [2, 2], data: Float32Array.of(2, 0.5, 0, 1) } };
    await writeSequences(folder.at('emotions.csd'), 'Emotions', { a: emotion, b: emotion, c: emotion });
    const classified = { ...options(), labels: folder.at('emotions.csd'), task: 'classification' as const };
    await importCsd(folder.at('out'), { ...classified, classes: ['sad', 'calm', 'glad'] });
    const { train } = await contentsOf(folder.at('out'));
    expect((await openDataset(folder.at('out'))).spec.task).toEqual({
      kind: 'classification',
      classes: ['sad', 'calm', 'glad'],
    });
    expect(train.samples.map(({ labels }) => labels)).toEqual([
      { task: 2, label_1: 0.5 },
      { task: 0, label_1: 1 },
    ]);
    await importCsd(folder.at('unnamed'), classified);
    expect((await openDataset(folder.at('unnamed'))).spec.task).toEqual({
      kind: 'classification',
      classes: ['class 0', 'class 1', 'class 2'],
    });
    await expect(importCsd(folder.at('few'), { ...classified, classes: ['sad', 'glad'] })).rejects.toMatchObject({
      code: 'IMPORT_INVALID',
      place: expect.stringContaining('emotions.csd: a[0]'),
      expected: 'a class from 0 to 1',
      got: '2',
    });
    // Scores are no classes.
    await expect(importCsd(folder.at('scores'), { ...options(), task: 'classification' })).rejects.toMatchObject({
      code: 'IMPORT_INVALID',
      got: '1.5',
    });
  });

  it('keeps the rate of each stream if that is wanted', async () => {
    await importCsd(folder.at('out'), { ...options(), unaligned: true });
    const { test } = await contentsOf(folder.at('out'));
    expect(test.streams.audio?.lengths).toEqual([4, 4]);
    expect([...(test.streams.audio?.values.subarray(0, 4) ?? [])]).toEqual([0, 1, 2, 3]);
    expect(test.samples[0]?.text).toBe('really good');
    expect((await openDataset(folder.at('out'))).spec.streams.audio).not.toHaveProperty('pace');
  });

  it('reads the folds of the SDK, a Python file, without executing it', async () => {
    writeFileSync(
      folder.at('folds.py'),
      `raise SystemExit\nstandard_train_fold=['a']\nstandard_valid_fold = ["b"]\nstandard_test_fold=[\n 'c',\n 'z']\n`,
    );
    await importCsd(folder.at('out'), { ...options(), folds: folder.at('folds.py') });
    const { test } = await contentsOf(folder.at('out'));
    expect(test.samples.map(({ group }) => group)).toEqual(['c', 'c']);
  });

  it('deals videos out by shares and a seed, each to one split', async () => {
    const { folds: _, ...rest } = options();
    const { sizes } = await importCsd(folder.at('out'), { ...rest, seed: 3 });
    expect(sizes).toEqual({ train: 2, valid: 2, test: 2 });
    const ids = Array.from({ length: 100 }, (_unused, i) => `video ${i}`);
    const drawn = drawFolds(ids, [0.7, 0.1, 0.2], 1);
    expect([drawn.train.size, drawn.valid.size, drawn.test.size]).toEqual([70, 10, 20]);
    expect(new Set([...drawn.train, ...drawn.valid, ...drawn.test]).size).toBe(100);
    expect(drawFolds([...ids].reverse(), [0.7, 0.1, 0.2], 1)).toEqual(drawn);
    expect(drawFolds(ids, [0.7, 0.1, 0.2], 2)).not.toEqual(drawn);
  });

  it.each([
    ['folds that share a video', { folds: { train: ['a'], valid: ['a'], test: ['c'] } }, 'IMPORT_INVALID'],
    ['folds without test', { folds: { train: ['a'], valid: ['b'], test: [] } }, 'IMPORT_INVALID'],
    ['folds of other videos', { folds: { train: ['x'], valid: ['y'], test: ['z'] } }, 'IMPORT_INVALID'],
    ['scores out of range', { range: [-1, 1] as const }, 'IMPORT_INVALID'],
    ['a sequence that is not there', { words: 'nowhere.csd' }, 'FILE_NOT_FOUND'],
    ['words that are numbers', { words: 'audio.csd' }, 'IMPORT_INVALID'],
  ])(
    'refuses %s and leaves no folder',
    async (_what, {
      folds,
      words,
      ...changes
    }: { folds?: object; words?: string; range?: readonly [number, number] }, code) => {
      if (folds) writeFileSync(folder.at('folds.json'), JSON.stringify(folds));
      const before = readdirSync(folder.path);
      const changed = { ...options(), ...changes, ...(words ? { words: folder.at(words) } : {}) };
      await expect(importCsd(folder.at('out'), changed)).rejects.toMatchObject({ code });
      expect(readdirSync(folder.path)).toEqual(before);
    },
  );
});
