import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Dataset, InterfuseError, OpenReader, RaggedRows, Sample, SplitRecipe } from '@interfuse/core';
import { writeSafetensors } from '@interfuse/safetensors';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  type AuthoredDescription,
  type Description,
  openDataset,
  type SplitToWrite,
  verifyDataset,
  writeDataset,
} from './index.js';
import { folder as folderPlugin } from './plugin.js';

let parent: string;
let folder: string;
beforeEach(() => {
  parent = mkdtempSync(join(tmpdir(), 'interfuse-datasets-'));
  folder = join(parent, 'small');
});
afterEach(() => rmSync(parent, { recursive: true }));

const authored: AuthoredDescription = {
  name: 'small',
  title: 'A small dataset',
  task: { kind: 'regression', range: [-3, 3] },
  hasText: true,
  streams: { audio: { width: 3 }, vision: { width: 2, description: 'two numbers' } },
  labels: { task: 'sentiment', mood: 'a further label' },
  licence: 'CC0-1.0',
  sources: [{ title: 'made up' }],
};

const receipt = { run: 'early-1', checkpoint: 'a'.repeat(64) };

/** Rows whose every value is different; all are exact in half precision. */
function rows(lengths: number[], width: number): RaggedRows {
  const count = lengths.reduce((sum, length) => sum + length, 0) * width;
  return { values: Float32Array.from({ length: count }, (_, i) => i / 8 - 2), lengths };
}

function split(name: string, lengths: number[]): SplitToWrite {
  const samples = lengths.map(
    (length, i): Sample => ({
      id: `${name}-${i}`,
      text: `Sample ${i}.`,
      labels: { task: (i % 7) - 3, mood: 0.5 },
      group: `${name}-video`,
      ...(length === 0 ? { missing: ['audio'] } : {}),
    }),
  );
  return {
    samples,
    streams: {
      audio: rows(lengths, 3),
      vision: rows(
        lengths.map((_, i) => 1 + (i % 3)),
        2,
      ),
    },
  };
}

const splits = { train: split('train', [2, 5, 0, 1, 4]), valid: split('valid', [3, 1]), test: split('test', [2]) };

let template: string;
beforeAll(async () => {
  template = join(mkdtempSync(join(tmpdir(), 'interfuse-datasets-')), 'small');
  await writeDataset(template, authored, splits);
});
afterAll(() => rmSync(join(template, '..'), { recursive: true }));

/** A copy of the small dataset, since writing waits for the disk. */
const placeCopy = () => cpSync(template, folder, { recursive: true });
const at = (path: string) => join(folder, path);

function edit(path: string, change: (text: string) => string): void {
  writeFileSync(at(path), change(readFileSync(at(path), 'utf8')));
}

function editDescription(change: (description: Description) => void): void {
  edit('dataset.json', (text) => {
    const description = JSON.parse(text);
    change(description);
    return JSON.stringify(description);
  });
}

async function failure(work: Promise<unknown>): Promise<unknown> {
  return work.then(
    () => 'no error',
    (error) => error,
  );
}

describe('a dataset folder', () => {
  it.each(['F16', 'F32'] as const)('gives back what was written, stored as %s', async (type) => {
    await writeDataset(folder, authored, splits, { type });
    const dataset = await openDataset(folder);
    expect(dataset.spec).toMatchObject({
      name: 'small',
      task: authored.task,
      hasText: true,
      sizes: { train: 5, valid: 2, test: 1 },
      streams: {
        audio: { name: 'audio', width: 3, maximumLength: 5 },
        vision: { name: 'vision', width: 2, maximumLength: 3 },
      },
      licence: 'CC0-1.0',
    });
    const train = await dataset.open('train');
    expect(train.samples).toEqual(splits.train.samples);
    expect(await train.read('audio', [0, 1, 2, 3, 4])).toEqual(splits.train.streams.audio);
    expect(await train.read('vision', [0, 1, 2, 3, 4])).toEqual(splits.train.streams.vision);
    await train.close();
  });

  it('reads any positions, in any order, as they lie in the whole', async () => {
    placeCopy();
    const train = await (await openDataset(folder)).open('train');
    const whole = splits.train.streams.audio!.values;
    // Lengths 2, 5, 0, 1, 4 of width 3: sample 1 begins at value 6, sample 3 at 21, sample 4 at 24.
    const read = await train.read('audio', [4, 1, 2, 3, 1]);
    expect(read.lengths).toEqual([4, 5, 0, 1, 5]);
    expect([...read.values]).toEqual(
      [whole.slice(24), whole.slice(6, 21), whole.slice(21, 24), whole.slice(6, 21)].flatMap((part) => [...part]),
    );
    await train.close();
  });

  it('says how another thread opens a split: as data, which reads the same', async () => {
    placeCopy();
    const train = await (await openDataset(folder)).open('train');
    const { module, data, bytes } = train.recipe as SplitRecipe;
    // Audio has 12 steps of width 3, vision 1 + 2 + 3 + 1 + 2 of width 2.
    expect(bytes).toBe(4 * (12 * 3 + 9 * 2));
    const { openReader } = (await import(module)) as { openReader: OpenReader<unknown> };
    const reader = await openReader(structuredClone(data));
    expect(await reader.read('audio', [4, 1])).toEqual(await train.read('audio', [4, 1]));
    expect(reader.samples[4]?.id).toBe('train-4');
    await reader.close();
    await train.close();
  });

  it('keeps who speaks, tags, segments in time, and what the features of a stream are', async () => {
    const [first, ...others] = splits.train.samples as [Sample, ...Sample[]];
    const told: Sample = {
      ...first,
      speaker: 'anna',
      tags: ['ironic', 'pair'],
      segments: [
        { start: 0, end: 0.5, text: 'Sample', labels: { mood: 1 } },
        { start: 0.5, end: 0.75 },
      ],
    };
    const vision = {
      width: 2,
      columns: ['smile', 'frown'],
      scale: { mean: [0.5, -1], deviation: [1, 2] },
      stepsPerSecond: 8,
    };
    const withMore = { ...authored, streams: { ...authored.streams, vision } };
    await writeDataset(folder, withMore, { ...splits, train: { ...splits.train, samples: [told, ...others] } });
    const train = await (await openDataset(folder)).open('train');
    expect(train.samples[0]).toEqual(told);
    await train.close();
    const written = JSON.parse(readFileSync(at('dataset.json'), 'utf8')) as Description;
    expect(written.streams.vision).toEqual({ ...vision, maximumLength: 3 });
  });

  it('tells when words are spoken, and what a step of a stream is', async () => {
    const words = [
      { text: 'Sample', start: 0.125, end: 0.5 },
      { text: '.', start: 0.5, end: 0.5 },
    ];
    const speak = (part: SplitToWrite) => ({ ...part, samples: part.samples.map((sample) => ({ ...sample, words })) });
    const streams = { audio: { width: 3, stepsPerSecond: 8 }, vision: { width: 2, stepsAre: 'words' as const } };
    const spoken = { train: speak(splits.train), valid: speak(splits.valid), test: speak(splits.test) };
    await writeDataset(folder, { ...authored, streams }, spoken);
    const { spec, open } = await openDataset(folder);
    expect(spec.wordTimes).toBe('measured');
    expect(spec.streams).toMatchObject({ audio: { pace: 8 }, vision: { pace: 'word' } });
    const train = await open('train');
    expect(train.samples[0]?.words).toEqual(words);
    await train.close();
    placeCopy();
    expect((await openDataset(folder)).spec.wordTimes).toBeUndefined();
  });

  it('names the position or the stream that it does not have', async () => {
    placeCopy();
    const train = await (await openDataset(folder)).open('train');
    await expect(train.read('audio', [5])).rejects.toMatchObject({ code: 'DATASET_INVALID', got: '5' });
    await expect(train.read('odour', [0])).rejects.toMatchObject({
      code: 'DATASET_INVALID',
      expected: 'one of the streams audio, vision',
    });
    await train.close();
  });

  it('opens the test split for a receipt only', async () => {
    placeCopy();
    const dataset = await openDataset(folder);
    await expect(dataset.open('test' as 'train')).rejects.toMatchObject({ code: 'TEST_WITHOUT_RECEIPT' });
    await expect(dataset.openTest(undefined as never)).rejects.toMatchObject({ code: 'TEST_WITHOUT_RECEIPT' });
    await expect(dataset.openTest({ ...receipt, checkpoint: '' })).rejects.toMatchObject({
      code: 'TEST_WITHOUT_RECEIPT',
    });
    const test = await dataset.openTest(receipt);
    expect(test.samples).toEqual(splits.test.samples);
    await test.close();
  });

  it('has a digest that follows the numbers and nothing else', async () => {
    placeCopy();
    const digest = async () => (await openDataset(folder)).spec.digest;
    const first = await digest();
    editDescription((description) => Object.assign(description, { title: 'Renamed' }));
    expect(await digest()).toBe(first);
    await writeDataset(folder, authored, { ...splits, test: split('test', [3]) }, { replace: true });
    expect(await digest()).not.toBe(first);
  });
});

describe('a broken dataset folder', () => {
  const open = async (): Promise<Dataset> => openDataset(folder);

  it('that is not there', async () => {
    expect(await failure(open())).toMatchObject({ code: 'FILE_NOT_FOUND', place: folder });
  });

  it.each(['dataset.json', 'valid/samples.jsonl', 'test/vision.safetensors'])('lacks %s', async (path) => {
    placeCopy();
    rmSync(at(path));
    expect(await failure(open())).toMatchObject({ code: 'FILE_NOT_FOUND', place: at(path) });
  });

  it('has a description that is no JSON: the line is named', async () => {
    placeCopy();
    edit('dataset.json', (text) => text.replace('"hasText": true', '"hasText": yes'));
    const line = readFileSync(at('dataset.json'), 'utf8').split('"hasText"')[0]!.split('\n').length;
    expect(await failure(open())).toMatchObject({ code: 'FILE_UNREADABLE', place: `${at('dataset.json')}:${line}` });
  });

  it('has a description that lacks a comma: the line is named', async () => {
    placeCopy();
    edit('dataset.json', (text) => text.replace('"name": "small",', '"name": "small"'));
    expect(await failure(open())).toMatchObject({ code: 'FILE_UNREADABLE', place: `${at('dataset.json')}:4` });
  });

  it('has a description that ends too early: the last line is named', async () => {
    placeCopy();
    edit('dataset.json', () => '{\n"name": "small",\n"streams": {\n');
    expect(await failure(open())).toMatchObject({ code: 'FILE_UNREADABLE', place: `${at('dataset.json')}:4` });
  });

  it('has a sample that is no JSON: the line is named', async () => {
    placeCopy();
    edit('train/samples.jsonl', (text) => text.replace('"train-2"', 'train-2'));
    expect(await failure(open())).toMatchObject({ code: 'FILE_UNREADABLE', place: `${at('train/samples.jsonl')}:3` });
  });

  it('is cut off', async () => {
    placeCopy();
    truncateSync(at('train/audio.safetensors'), 200);
    expect(await failure(open())).toMatchObject({ code: 'SAFETENSORS_INVALID' });
  });

  it('has another width than it declares', async () => {
    placeCopy();
    editDescription(({ streams }) => Object.assign(streams.audio ?? {}, { width: 4 }));
    expect(await failure(open())).toMatchObject({
      code: 'DATASET_INVALID',
      place: `${at('train/audio.safetensors')}: values`,
      expected: '[rows, 4] of F16 or F32, as dataset.json declares this stream',
      got: '[12, 3] of F32',
    });
  });

  it('has lengths that do not add up', async () => {
    placeCopy();
    await writeSafetensors(at('valid/vision.safetensors'), {
      values: { shape: [3, 2], data: new Float32Array(6) },
      lengths: { shape: [2], data: Int32Array.of(1, 1) },
    });
    expect(await failure(open())).toMatchObject({
      code: 'DATASET_INVALID',
      expected: '2 rows, the sum of lengths',
      got: '3 rows',
    });
  });

  it('has steps of a stream that the sample lacks, or none of one that it has', async () => {
    placeCopy();
    await writeSafetensors(at('train/audio.safetensors'), {
      values: { shape: [12, 3], data: new Float32Array(36) },
      lengths: { shape: [5], data: Int32Array.of(2, 0, 5, 1, 4) },
    });
    expect(await failure(open())).toMatchObject({
      code: 'DATASET_INVALID',
      place: `${at('train/audio.safetensors')}: lengths[1] (sample "train-1")`,
      expected: '1 to 5 steps',
      got: '0 steps',
      also: [{ expected: '0 steps, since the sample lacks this stream', got: '5 steps' }],
    });
  });

  it('has fewer lengths than samples', async () => {
    placeCopy();
    await writeSafetensors(at('valid/vision.safetensors'), {
      values: { shape: [1, 2], data: new Float32Array(2) },
      lengths: { shape: [1], data: Int32Array.of(1) },
    });
    expect(await failure(open())).toMatchObject({
      code: 'DATASET_INVALID',
      expected: '[2] of I32, one for each sample',
    });
  });

  it('has an empty split', async () => {
    placeCopy();
    writeFileSync(at('valid/samples.jsonl'), '');
    expect(await failure(open())).toMatchObject({ code: 'DATASET_EMPTY', place: at('valid/samples.jsonl') });
  });

  it('has another number of samples than it declares', async () => {
    placeCopy();
    edit('valid/samples.jsonl', (text) => `${text.split('\n')[0]}\n`);
    expect(await failure(open())).toMatchObject({ code: 'DATASET_INVALID', got: '1' });
  });

  it.each([
    ['a label outside the range', '"task":-2', '"task":-4', ':2: labels.task', '-4'],
    ['a label that is no number', '"task":-2', '"task":"high"', ':2: labels.task', '"high"'],
    ['an unknown label', '"mood":0.5', '"moood":0.5', ':1: labels.moood', '"moood"'],
    ['no label', '"task":-2,', '', ':2: labels.task', 'nothing'],
    ['an unknown stream', '["audio"]', '["odour"]', ':3: missing[0]', '"odour"'],
    ['an empty id', '"id":"train-1"', '"id":""', ':2: id', '""'],
  ])('has %s', async (_, found, replacement, place, got) => {
    placeCopy();
    edit('train/samples.jsonl', (text) => text.replace(found, replacement));
    expect(await failure(open())).toMatchObject({
      code: 'DATASET_INVALID',
      place: at('train/samples.jsonl') + place,
      got,
    });
  });

  it.each([
    ['{"start":1,"end":0.5}', 'segments[0]', '1 to 0.5'],
    ['{"start":0,"end":0.5},{"start":0.4,"end":1}', 'segments[1]', '0.4 to 1'],
    ['{"start":0,"end":1,"labels":{"anger":1}}', 'segments[0].labels.anger', undefined],
    ['{"start":-1,"end":1}', 'segments[0].start', '-1'],
  ])('has a segment that cannot be: %s', async (segments, place, got) => {
    placeCopy();
    edit('valid/samples.jsonl', (text) => text.replace('{', `{"segments":[${segments}],`));
    const error = await failure(open());
    expect(error).toMatchObject({ code: 'DATASET_INVALID', ...(got === undefined ? {} : { got }) });
    expect((error as InterfuseError).place).toContain(`samples.jsonl:1: ${place}`);
  });

  it.each([
    ['{"text":"Sample","start":1,"end":0.5}', 'words[0]', '1 to 0.5'],
    ['{"text":"0.","start":0,"end":1},{"text":"Sample","start":1,"end":2}', 'words[1].text', '"Sample"'],
    ['{"text":" ","start":0,"end":1}', 'words[0].text', '" "'],
    ['{"text":"Sample","start":0}', 'words[0].end', 'nothing'],
  ])('has a word that cannot be: %s', async (words, place, got) => {
    placeCopy();
    edit('valid/samples.jsonl', (text) => text.replace('{', `{"words":[${words}],`));
    const error = (await failure(open())) as InterfuseError;
    expect(error).toMatchObject({ code: 'DATASET_INVALID', got });
    expect(error.place).toContain(`samples.jsonl:1: ${place}`);
  });

  it('has more names of features than features', async () => {
    placeCopy();
    editDescription(({ streams }) => Object.assign(streams.vision ?? {}, { columns: ['a', 'b', 'c'] }));
    expect(await failure(open())).toMatchObject({
      code: 'DATASET_INVALID',
      place: `${at('dataset.json')}: streams.vision.columns`,
      expected: '2 entries, one per feature',
      got: '3',
    });
  });

  it('has a sample of train in test', async () => {
    placeCopy();
    edit('test/samples.jsonl', (text) => text.replace('test-0', 'train-3'));
    expect(await failure(open())).toMatchObject({
      code: 'DATASET_INVALID',
      place: `${at('test/samples.jsonl')}:1: id`,
      got: `"train-3", also at ${at('train/samples.jsonl')}:4`,
    });
  });

  it('has a value that is not finite: the sample, step and feature are named, when they are read', async () => {
    placeCopy();
    const { values, lengths } = splits.train.streams.audio!;
    const broken = values.slice();
    broken[3 * 6 + 1] = Number.NaN; // row 6, feature 1: the last step but none of sample 1, which has rows 2 to 6
    await writeSafetensors(at('train/audio.safetensors'), {
      values: { shape: [12, 3], data: broken },
      lengths: { shape: [5], data: Int32Array.from(lengths) },
    });
    const train = await (await open()).open('train');
    await train.read('audio', [0, 3, 4]);
    expect(await failure(train.read('audio', [0, 1]))).toMatchObject({
      code: 'DATASET_NOT_FINITE',
      place: `${at('train/audio.safetensors')}: sample "train-1", step 4, feature 1`,
      got: 'NaN',
    });
    await train.close();
    expect(await failure(verifyDataset(folder))).toMatchObject({ code: 'DATASET_NOT_FINITE' });
  });

  it('has samples that were changed without a trace in their form', async () => {
    placeCopy();
    edit('valid/samples.jsonl', (text) => text.replace('"task":-3', '"task":3'));
    expect(await failure(open())).toMatchObject({ code: 'DATASET_INVALID', place: at('valid/samples.jsonl') });
  });

  it('has numbers that were changed: the thorough check tells', async () => {
    placeCopy();
    await writeSafetensors(at('test/vision.safetensors'), {
      values: { shape: [1, 2], data: Float32Array.of(7, 7) },
      lengths: { shape: [1], data: Int32Array.of(1) },
    });
    await open();
    expect(await failure(verifyDataset(folder))).toMatchObject({
      code: 'DATASET_INVALID',
      place: at('test/vision.safetensors'),
    });
  });

  it.each([
    ['a misspelt word', { license: 'MIT' }, 'license'],
    ['another format version', { formatVersion: 2 }, 'formatVersion'],
    ['a range from high to low', { task: { kind: 'regression', range: [3, -3] } }, 'task.range'],
    ['a task without classes', { task: { kind: 'classification' } }, 'task.classes'],
    ['classes beside a range', { task: { kind: 'regression', range: [-3, 3], classes: ['a', 'b'] } }, 'task.classes'],
    ['a stream called text', { streams: { text: { width: 3, maximumLength: 5 } } }, 'streams'],
    ['a hash that is none', { files: { 'train/samples.jsonl': 'abc' } }, 'files.train/samples.jsonl'],
    ['a file too few', { files: {} }, 'files'],
  ])('describes itself with %s', async (_, change, place) => {
    placeCopy();
    editDescription((description) => Object.assign(description, change));
    expect(await failure(open())).toMatchObject({ code: 'DATASET_INVALID', place: `${at('dataset.json')}: ${place}` });
  });
});

describe('writing a dataset folder', () => {
  it('leaves nothing behind when the data are wrong, and keeps what was there', async () => {
    placeCopy();
    const before = readFileSync(at('dataset.json'), 'utf8');
    const wrong = { ...splits, valid: splits.train };
    await expect(writeDataset(folder, authored, wrong, { replace: true })).rejects.toMatchObject({
      code: 'DATASET_INVALID',
    });
    expect(readdirSync(parent)).toEqual(['small']);
    expect(readFileSync(at('dataset.json'), 'utf8')).toBe(before);
  });

  it('does not overwrite unless told to', async () => {
    placeCopy();
    await expect(writeDataset(folder, authored, splits)).rejects.toMatchObject({
      code: 'FILE_NOT_WRITTEN',
      place: folder,
    });
    await writeDataset(folder, authored, splits, { replace: true, documents: { 'card.md': 'A card.\n' } });
    expect(readdirSync(parent)).toEqual(['small']);
    expect(readFileSync(at('card.md'), 'utf8')).toBe('A card.\n');
  });

  it('refuses numbers that half precision cannot hold', async () => {
    const large = {
      ...splits.test,
      streams: { ...splits.test.streams, vision: { values: Float32Array.of(1, 1e5), lengths: [1] } },
    };
    await expect(writeDataset(folder, authored, { ...splits, test: large }, { type: 'F16' })).rejects.toMatchObject({
      code: 'DATASET_NOT_FINITE',
    });
  });

  it('keeps class labels within the classes', async () => {
    const classes: AuthoredDescription = { ...authored, task: { kind: 'classification', classes: ['sad', 'glad'] } };
    const one = (name: string, task: number): SplitToWrite => {
      const { streams, samples } = split(name, [1]);
      return { streams, samples: samples.map((sample) => ({ ...sample, labels: { task } })) };
    };
    const with2 = (task: number) => ({ train: one('a', 0), valid: one('b', 1), test: one('c', task) });
    await expect(writeDataset(folder, classes, with2(2))).rejects.toMatchObject({ code: 'DATASET_INVALID', got: '2' });
    await expect(writeDataset(folder, classes, with2(0.5))).rejects.toMatchObject({
      code: 'DATASET_INVALID',
      got: '0.5',
    });
    await writeDataset(folder, classes, with2(1));
    expect((await verifyDataset(folder)).task).toEqual(classes.task);
  });
});

describe('the folder plugin', () => {
  it('opens a path relative to the config', async () => {
    placeCopy();
    const logger = { debug() {}, info() {}, warn() {} };
    const dataset = await (await folderPlugin.load())(
      { path: 'small' },
      { resolvePath: (path) => join(parent, path), logger },
    );
    expect(dataset.spec.name).toBe('small');
  });
});
