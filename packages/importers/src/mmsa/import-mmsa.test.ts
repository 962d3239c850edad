import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { SplitName } from '@interfuse/core';
import { openDataset } from '@interfuse/datasets/folder';
import { describe, expect, it } from 'vitest';
import { contentsOf, temporaryFolder } from '../../test/folders.js';
import {
  bytesOf,
  floats,
  NumpyArray,
  op,
  type Picklable,
  Repeated,
  u64,
  writePickle,
} from '../../test/pickle-writer.js';
import { arrayFromPickle } from '../arrays/from-pickle.js';
import { readNumbers } from '../arrays/stored-array.js';
import { openFile } from '../bytes/byte-source.js';
import { readPickle } from '../pickle/read-pickle.js';
import type { PickleDictionary } from '../pickle/values.js';
import { importMmsa } from './import-mmsa.js';
import { type KnownFile, knownFiles } from './known-files.js';

const goldens = fileURLToPath(new URL('../../../../test/goldens/mmsa', import.meta.url));
const pickles = readdirSync(goldens).filter((name) => name.endsWith('.pkl'));
const splits: readonly SplitName[] = ['train', 'valid', 'test'];

interface Numbers {
  readonly shape: readonly number[];
  readonly dtype: string;
  readonly finite_sum: number;
  readonly non_finite: number;
  readonly last: number;
}
type Golden = {
  readonly [K in SplitName]: { readonly [key: string]: Numbers & { readonly values?: readonly string[] } };
};

const goldenOf = (pickle: string): Golden =>
  JSON.parse(readFileSync(join(goldens, pickle.replace(/_protocol\d\.pkl$/, '.json')), 'utf8'));

const finite = (values: Iterable<number>) => [...values].filter(Number.isFinite);
const sum = (values: Iterable<number>) => [...values].reduce((total, value) => total + value, 0);

const folder = temporaryFolder();

describe('the pickles in MMSA’s layout', () => {
  it('are all there', () => expect(pickles.length).toBe(12));

  it.each(pickles)('%s holds every array that its JSON lists', async (pickle) => {
    const golden = goldenOf(pickle);
    const source = openFile(join(goldens, pickle));
    const root = (await readPickle(source)) as PickleDictionary;
    expect([...root.entries.keys()]).toEqual(splits);
    for (const split of splits) {
      const { entries } = root.entries.get(split) as PickleDictionary;
      expect([...entries.keys()]).toEqual(Object.keys(golden[split]));
      for (const [key, expected] of Object.entries(golden[split])) {
        const array = arrayFromPickle(entries.get(key) ?? null, key);
        if (array.kind === 'texts') {
          expect([key, await array.texts()]).toEqual([key, expected.values]);
        } else if (array.kind === 'numbers') {
          const values = await readNumbers(array);
          expect([key, array.shape]).toEqual([key, expected.shape]);
          expect([key, values.length - finite(values).length]).toEqual([key, expected.non_finite]);
          // The order of a sum of float64 moves its last digits.
          expect(sum(finite(values)), key).toBeCloseTo(expected.finite_sum, 9);
          expect([key, (values.at(-1) as number) + 0]).toEqual([key, expected.last + 0]);
        } else expect(key).toBe('an array of numbers or texts');
      }
    }
    source.close();
  });

  it.each(pickles)('%s becomes a dataset folder with all of that', async (pickle) => {
    const golden = goldenOf(pickle);
    const report = await importMmsa(join(goldens, pickle), folder.at('out'), { textFeatures: true });
    const contents = await contentsOf(folder.at('out'));
    for (const split of splits) {
      const expected = golden[split];
      const { samples, streams } = contents[split];
      expect(samples.map(({ text }) => text ?? '')).toEqual(expected.raw_text?.values);
      expect(samples.map(({ id }) => id.replace(/^(valid|test):/, ''))).toEqual(expected.id?.values);
      expect(samples.map(({ labels }) => ['Negative', 'Neutral', 'Positive'][labels.annotation as number])).toEqual(
        expected.annotations?.values,
      );
      for (const [name, key] of [
        ['audio', 'audio'],
        ['vision', 'vision'],
        ['bert', 'text'],
      ] as const) {
        const { values, lengths } = streams[name] as { values: Float32Array; lengths: readonly number[] };
        // Values were rounded to float32, half of 2^-23 each; there are up to 1,800 of them.
        expect(sum(values), `${split} ${name}`).toBeCloseTo((expected[key] as Numbers).finite_sum, 4);
        const declared = expected[`${key}_lengths`];
        if (declared) expect([key, sum(lengths)]).toEqual([key, declared.finite_sum]);
      }
      const isSims = pickle.startsWith('sims');
      for (const [label, key] of [
        ['task', 'regression_labels'],
        ['class', 'classification_labels'],
        ...(isSims
          ? [
              ['text', 'regression_labels_T'],
              ['text_class', 'classification_labels_T'],
              ['audio', 'regression_labels_A'],
              ['audio_class', 'classification_labels_A'],
              ['vision', 'regression_labels_V'],
              ['vision_class', 'classification_labels_V'],
            ]
          : []),
      ] as const) {
        const values = samples.map(({ labels }) => labels[label as string] as number);
        expect(sum(values), key).toBeCloseTo((expected[key as string] as Numbers).finite_sum, 9);
        expect([key, values.at(-1)]).toEqual([key, (expected[key as string] as Numbers).last + 0]);
      }
    }
    expect(report.sizes).toEqual({ train: 12, valid: 4, test: 5 });
    expect(report.notes).toContain('audio: 3 times -infinity was read as 0.');
    const { task, sources } = JSON.parse(readFileSync(folder.at('out', 'dataset.json'), 'utf8'));
    expect(task).toEqual({ kind: 'regression', range: pickle.startsWith('sims') ? [-1, 1] : [-3, 3] });
    expect(sources[0].sha256).toMatch(/^[0-9a-f]{64}$/);
  });
});

/** One split of three samples, padded to four steps; the lengths are 2, 4 and 1. */
function split(changes: { readonly [key: string]: Picklable } = {}): { readonly [key: string]: Picklable } {
  const lengths = [2, 4, 1];
  const padded = (width: number) =>
    floats([3, 4, width], (i) => {
      const [sample, step] = [Math.floor(i / (4 * width)), Math.floor(i / width) % 4];
      return step < (lengths[sample] as number) ? 1 + i / 8 : 0;
    });
  return {
    raw_text: ['one', 'two', 'three'],
    audio: padded(2),
    vision: padded(3),
    id: ['a$_$1', 'a$_$2', 'b$_$1'],
    regression_labels: [0.5, -1, 2],
    ...changes,
  };
}

/** Ids that differ between the splits. */
const file = (changes: { readonly [key: string]: Picklable } = {}) => ({
  train: split(changes),
  valid: split({ ...changes, id: ['c$_$1', 'c$_$2', 'd$_$1'] }),
  test: split({ ...changes, id: ['e$_$1', 'e$_$2', 'f$_$1'] }),
});

async function importValue(value: Picklable, options: Parameters<typeof importMmsa>[2] = {}) {
  writeFileSync(folder.at('file.pkl'), writePickle(value, { protocol: 4 }));
  const report = await importMmsa(folder.at('file.pkl'), folder.at('out'), options);
  return { report, train: (await contentsOf(folder.at('out'))).train };
}

describe('an MMSA file', () => {
  it('without lengths: padding of streams that keep step with each other is left out together', async () => {
    const { train } = await importValue(file());
    expect(train.streams.audio?.lengths).toEqual([2, 4, 1]);
    expect(train.streams.vision?.lengths).toEqual([2, 4, 1]);
    expect(train.samples.map(({ id, group }) => [id, group])).toEqual([
      ['a$_$1', 'a'],
      ['a$_$2', 'a'],
      ['b$_$1', 'b'],
    ]);
  });

  it('that is aligned has the lengths of its text', async () => {
    // ids, mask, types: the mask says 3, 4 and 2.
    const mask = [3, 4, 2].flatMap((length) => [
      7,
      7,
      7,
      7,
      ...[0, 1, 2, 3].map((step) => Number(step < length)),
      0,
      0,
      0,
      0,
    ]);
    const { train } = await importValue(file({ text_bert: floats([3, 3, 4], (i) => mask[i] as number) }));
    expect(train.streams.audio?.lengths).toEqual([3, 4, 2]);
    const { spec } = await openDataset(folder.at('out'));
    expect(spec.streams.audio?.pace).toBe('word');
  });

  it('that pads in front loses the padding in front', async () => {
    const audio = floats([3, 4, 2], (i) => (i % 8 >= 4 ? 1 + i : 0));
    const { train, report } = await importValue(file({ audio, audio_lengths: [2, 2, 2] }));
    expect(train.streams.audio?.lengths).toEqual([2, 2, 2]);
    expect([...(train.streams.audio?.values.subarray(0, 4) ?? [])]).toEqual([5, 6, 7, 8]);
    expect(report.notes).toContain('audio: 9 samples have their padding in front; it was left out.');
  });

  it('loses no value to a length that is too small', async () => {
    const { train, report } = await importValue(file({ audio_lengths: [2, 2, 1] }));
    expect(train.streams.audio?.lengths).toEqual([2, 4, 1]);
    expect(report.notes).toContain('audio: 3 samples have values behind their declared length; these were kept.');
  });

  it('keeps its padding if that is wanted', async () => {
    const { train } = await importValue(file(), { keepPadding: true });
    expect(train.streams.audio?.lengths).toEqual([4, 4, 4]);
  });

  it('with a stream of zeros lacks that stream', async () => {
    const vision = floats([3, 4, 3], (i) => (i < 12 ? 0 : 1));
    const { train } = await importValue(file({ vision, vision_lengths: [0, 4, 4] }));
    expect(train.samples.map(({ missing }) => missing)).toEqual([['vision'], undefined, undefined]);
  });

  it('with sequences of any length keeps them', async () => {
    const sequence = (steps: number) => floats([steps, 2], (i) => 1 + i);
    const { train } = await importValue(file({ audio: [sequence(3), sequence(1), sequence(5)] }));
    expect(train.streams.audio?.lengths).toEqual([3, 1, 5]);
  });

  it('of classes predicts them', async () => {
    const { report } = await importValue(
      file({ classification_labels: new NumpyArray('i8', [3], bytesOf(BigInt64Array.of(0n, 1n, 2n))) }),
      {
        task: 'classification',
        name: 'Classes of mine',
      },
    );
    expect(report.name).toBe('classes-of-mine');
    const { task, labels } = JSON.parse(readFileSync(folder.at('out', 'dataset.json'), 'utf8'));
    expect(task).toEqual({ kind: 'classification', classes: ['Negative', 'Neutral', 'Positive'] });
    expect(Object.keys(labels).sort()).toEqual(['score', 'task']);
  });

  it('that is published is recognised by its SHA-256, and named', async () => {
    const source = writePickle(file(), { protocol: 4 });
    const sha256 = createHash('sha256').update(source).digest('hex');
    const mosei = Object.entries(knownFiles).find(([, { name }]) => name === 'mosei');
    // The digest of MOSEI's unaligned file as MMSA's README has it.
    expect(mosei?.[0]).toBe('ad8b23d50557045e7d47959ce6c5b955d8d983f2979c7d9b7b9226f6dd6fec1f');
    const { report } = await importValue(file(), { known: { [sha256]: mosei?.[1] as KnownFile } });
    expect(report).toMatchObject({ name: 'mosei', title: 'CMU-MOSEI, unaligned features of MMSA' });
    expect(report.notes[0]).toBe('The file is the published one: CMU-MOSEI, unaligned features of MMSA.');
    expect((await importMmsaAgain()).notes[0]).toBe('The file is none of those that MMSA publishes.');
  });
  const importMmsaAgain = () => importMmsa(folder.at('file.pkl'), folder.at('again'));

  it.each([
    [
      'NaN',
      { audio: floats([3, 4, 2], (i) => (i === 9 ? Number.NaN : 1)) },
      'DATASET_NOT_FINITE',
      /sample 1, step 0, feature 1/,
    ],
    ['a score out of range', { regression_labels: [0, 4, 0] }, 'IMPORT_INVALID', /label of sample 1/],
    ['no labels', { regression_labels: null }, 'IMPORT_INVALID', /file\.pkl/],
    ['no streams', { audio: null, vision: null }, 'IMPORT_INVALID', /train/],
    ['more labels than samples', { regression_labels: [1, 1, 1, 1] }, 'IMPORT_INVALID', /train: task/],
    ['texts for a stream', { audio: ['a', 'b', 'c'] }, 'IMPORT_INVALID', /audio/],
    ['two axes for a stream', { audio: floats([3, 2], () => 1) }, 'IMPORT_INVALID', /audio/],
    ['rows of several widths', { audio: [[[1, 2], [3]], [[1, 2]], [[1, 2]]] }, 'IMPORT_INVALID', /audio/],
  ])('with %s is refused, and no folder is left', async (_what, changes, code, place) => {
    await expect(importValue(file(changes as never))).rejects.toMatchObject({
      code,
      place: expect.stringMatching(place),
    });
    expect(readdirSync(folder.path)).toEqual(['file.pkl']);
  });

  it('with NaN is read if that is wanted', async () => {
    const audio = floats([3, 4, 2], (i) => (i === 9 ? Number.NaN : 1));
    const { report } = await importValue(file({ audio }), { nonFinite: 'zero' });
    expect(report.notes).toContain('audio: 3 values that are not finite were read as 0.');
  });
});

describe('a pickle that is not what it seems leaves no folder', () => {
  const golden = readFileSync(join(goldens, 'sims_numpy2_protocol4.pkl'));
  const refuse = async (bytes: Uint8Array) => {
    writeFileSync(folder.at('file.pkl'), bytes);
    const error = await importMmsa(folder.at('file.pkl'), folder.at('out')).then(
      () => 'no error',
      ({ code }) => code,
    );
    expect(readdirSync(folder.path)).toEqual(['file.pkl']);
    return error;
  };

  it('calls os.system: nothing is executed', async () => {
    const command = `touch ${folder.at('executed')}`;
    const call = Buffer.concat([
      Buffer.from('cos\nsystem\n(X'),
      Buffer.from([command.length, 0, 0, 0]),
      Buffer.from(`${command}tR0`),
    ]);
    // At the start of a file that is otherwise in order.
    expect(await refuse(Buffer.concat([golden.subarray(0, 2), call, golden.subarray(11)]))).toBe('PICKLE_REFUSED');
  });

  it.each(['mosi_numpy1_protocol2.pkl', 'sims_numpy2_protocol4.pkl', 'mosi_numpy2_protocol5.pkl'])(
    '%s, cut off at every tenth of its length',
    async (pickle) => {
      const bytes = readFileSync(join(goldens, pickle));
      for (let tenth = 0; tenth < 10; tenth += 1) {
        expect(await refuse(bytes.subarray(0, Math.floor((bytes.length * tenth) / 10)))).toBe('PICKLE_INVALID');
      }
    },
  );

  it('lies about the length of an array', async () => {
    const shorter = { ...file(), valid: split({ audio: new NumpyArray('f4', [3, 4, 2], new Uint8Array(88)) }) };
    expect(await refuse(writePickle(shorter, { protocol: 5 }))).toBe('IMPORT_INVALID');
    expect(await refuse(writePickle(shorter, { protocol: 2 }))).toBe('IMPORT_INVALID');
    const whole = writePickle(file(), { protocol: 5 });
    const at = whole.indexOf(Buffer.concat([op(0x96), u64(96)]));
    expect(at).toBeGreaterThan(0);
    for (const length of [95, 97, 2 ** 40]) {
      const lying = Buffer.from(whole);
      lying.writeBigUInt64LE(BigInt(length), at + 1);
      expect(['PICKLE_INVALID', 'PICKLE_REFUSED', 'IMPORT_INVALID']).toContain(await refuse(lying));
    }
  });

  it('holds itself', async () => {
    const cycle = Buffer.concat([op(0x80, 4, 0x7d, 0x94), Buffer.from('X\x05\0\0\0train'), op(0x68, 0, 0x73, 0x2e)]);
    expect(await refuse(cycle)).toBe('PICKLE_REFUSED');
  });

  it('refers to one array a thousand times', async () => {
    const audio = new Repeated(
      floats([100, 50], () => 1),
      1000,
    );
    writeFileSync(folder.at('file.pkl'), writePickle({ ...file(), train: split({ audio }) }, { protocol: 4 }));
    await expect(importMmsa(folder.at('file.pkl'), folder.at('out'))).rejects.toMatchObject({
      code: 'IMPORT_INVALID',
      expected: expect.stringMatching(/numbers, as the file has bytes/),
    });
  });

  it('is aborted', async () => {
    writeFileSync(folder.at('file.pkl'), golden);
    const stop = new AbortController();
    const progress = () => stop.abort();
    await expect(
      importMmsa(folder.at('file.pkl'), folder.at('out'), { signal: stop.signal, progress }),
    ).rejects.toThrow(/abort/i);
    expect(readdirSync(folder.path)).toEqual(['file.pkl']);
  });
});
