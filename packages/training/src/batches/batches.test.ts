import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Engine, HostTensor, HostTensors, LanguageModel, Sample } from '@interfuse/core';
import { dropout, embed, normal, storedLeaf } from '@interfuse/nn';
import { writeSafetensors } from '@interfuse/safetensors';
import * as tf from '@tensorflow/tfjs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  audio,
  createCpuEngine,
  createSmallSplit,
  letters,
  type SmallSplitOptions,
} from '../small-model.test-support.js';
import { type BatchSettings, type BatchSource, createBatchSource } from './batch-source.js';
import { epochOrder } from './epoch-order.js';
import { memoisePrefix } from './memoise-prefix.js';
import type { Padding } from './padding.js';

const streams = { audio };

function source(options: SmallSplitOptions, padding: Padding = 'fixed', textLength = 10): BatchSource {
  return createBatchSource({ split: createSmallSplit(options), tokenizer: letters, textLength, streams, padding });
}

function tensor(batch: HostTensors, path: string): HostTensor {
  return batch[path] as HostTensor;
}

/** The values of one sample. */
function row(batch: HostTensors, path: string, index: number): number[] {
  const { shape, data } = tensor(batch, path);
  const width = data.length / (shape[0] as number);
  return [...data.slice(index * width, (index + 1) * width)];
}

describe('a batch', () => {
  it('holds rows, text, streams and labels of the samples that were asked for', async () => {
    const batch = await source({ size: 6 }).batch([4, 5]);
    const signature = Object.entries(batch).map(([path, { type, shape }]) => [path, `${type} ${shape.join(' ')}`]);
    expect(Object.fromEntries(signature)).toEqual({
      rows: 'int32 2',
      'text/tokens': 'int32 2 10',
      'text/mask': 'bool 2 10',
      'text/present': 'bool 2',
      'streams/audio/values': 'float32 2 12 3',
      'streams/audio/mask': 'bool 2 12',
      'streams/audio/present': 'bool 2',
      'labels/task/values': 'float32 2 1',
      'labels/task/known': 'bool 2',
    });
    expect(row(batch, 'rows', 1)).toEqual([5]);
    expect(row(batch, 'labels/task/values', 1)).toEqual([Math.fround(2 * Math.sin(5))]);
  });

  it('pads texts and streams on the right', async () => {
    const batch = await source({ size: 6 }).batch([0, 5]);
    const tokens = letters.encode('bcd'); // the text of sample 5
    expect(row(batch, 'text/tokens', 1)).toEqual([...tokens, 0, 0, 0, 0, 0, 0, 0]);
    expect(row(batch, 'text/mask', 1)).toEqual([1, 1, 1, 0, 0, 0, 0, 0, 0, 0]);
    // Two steps of three values, then zeros.
    const values = Array.from({ length: 6 }, (_, i) => Math.fround(Math.sin(5 + i)));
    expect(row(batch, 'streams/audio/values', 1)).toEqual([...values, ...new Array(30).fill(0)]);
    expect(row(batch, 'streams/audio/mask', 1)).toEqual([1, 1, ...new Array(10).fill(0)]);
  });

  it('truncates texts that are too long', async () => {
    const batch = await source({ size: 6 }, 'fixed', 4).batch([4]);
    expect(row(batch, 'text/tokens', 0)).toEqual(letters.encode('abcd'));
    expect(row(batch, 'text/mask', 0)).toEqual([1, 1, 1, 1]);
  });

  it('comes in four lengths where lengths are compiled: all its sequences are cut to the same quarter', async () => {
    const split = createSmallSplit({ size: 12 });
    const settings = { split, tokenizer: letters, textLength: 10, streams };
    const [full, cut] = [
      { ...settings, padding: 'fixed' },
      { ...settings, padding: 'bucketed' },
    ].map((each) => createBatchSource(each as BatchSettings)) as [BatchSource, BatchSource];
    const seen = new Set<string>();
    for (let first = 0; first < 12; first += 2) {
      const [whole, part] = [await full.batch([first, first + 1]), await cut.batch([first, first + 1])];
      const lengths = ['text/mask', 'streams/audio/mask'].map((path) => {
        const { shape, data } = tensor(part, path);
        const [, length] = shape as [number, number];
        const [, maximum] = tensor(whole, path).shape as [number, number];
        expect([1, 2, 3, 4].map((quarters) => Math.ceil((maximum * quarters) / 4))).toContain(length);
        // Nothing that is real is lost.
        expect(data.filter(Boolean)).toHaveLength(tensor(whole, path).data.filter(Boolean).length);
        for (const index of [0, 1]) expect(row(part, path, index)).toEqual(row(whole, path, index).slice(0, length));
        return length;
      });
      const [, audioLength] = lengths as [number, number];
      for (const index of [0, 1]) {
        const values = row(whole, 'streams/audio/values', index).slice(0, audioLength * audio.width);
        expect(row(part, 'streams/audio/values', index)).toEqual(values);
      }
      seen.add(lengths.join());
    }
    expect(seen.size).toBeGreaterThan(1);
    expect(seen.size).toBeLessThanOrEqual(4);
  });

  it('is padded to the next multiple of eight, at most the maximum, where padding does not matter', async () => {
    const short = await source({ size: 6 }, 'invariant').batch([0, 5]);
    expect(tensor(short, 'text/tokens').shape).toEqual([2, 8]);
    expect(tensor(short, 'streams/audio/values').shape).toEqual([2, 8, 3]);
    const long = createSmallSplit({ size: 1, sound: () => new Float32Array(27) });
    const batch = await createBatchSource({ split: long, streams, padding: 'invariant' }).batch([0]);
    expect(tensor(batch, 'streams/audio/values').shape).toEqual([1, 12, 3]);
    expect(batch['text/tokens']).toBeUndefined();
  });

  it('marks what a sample lacks as absent, with zeros in its place', async () => {
    const change = (sample: Sample, index: number): Sample => {
      if (index !== 1) return sample;
      const { text: _, ...rest } = sample;
      return { ...rest, labels: { other: 1 }, missing: ['audio'] };
    };
    const batch = await source({ size: 3, change }).batch([2, 1, 0]);
    expect(tensor(batch, 'text/present').data).toEqual(Uint8Array.of(1, 0, 1));
    expect(tensor(batch, 'streams/audio/present').data).toEqual(Uint8Array.of(1, 0, 1));
    expect(new Set(row(batch, 'streams/audio/values', 1))).toEqual(new Set([0]));
    expect(row(batch, 'streams/audio/values', 2)[0]).toBe(0); // sin(0), the first value of sample 0
    expect(row(batch, 'streams/audio/values', 2)[1]).toBe(Math.fround(Math.sin(1)));
    expect(row(batch, 'text/mask', 1)).toEqual(new Array(10).fill(0));
    expect(tensor(batch, 'labels/task/known').data).toEqual(Uint8Array.of(1, 0, 1));
    expect(tensor(batch, 'labels/other/known').data).toEqual(Uint8Array.of(0, 1, 0));
  });
});

describe('data that cannot be trained on', () => {
  it.each([Number.NaN, Number.NEGATIVE_INFINITY])('%s in a stream is an error that names the sample', async (value) => {
    const sound = (values: Float32Array, index: number) => (index === 2 ? values.fill(value, 4, 5) : values);
    await expect(source({ size: 4, sound }).batch([0, 2])).rejects.toMatchObject({
      code: 'DATASET_NOT_FINITE',
      place: 'sample train-2, stream audio, step 1, feature 1',
      got: String(value),
    });
  });

  it('a label that is not finite is an error that names the sample', () => {
    const change = (sample: Sample, index: number) =>
      index === 1 ? { ...sample, labels: { task: Number.NaN } } : sample;
    expect(() => source({ size: 2, change })).toThrow(/DATASET_NOT_FINITE[\s\S]*sample train-1, label task/);
  });

  it('a stream longer than the dataset declares is an error', async () => {
    const sound = () => new Float32Array(13 * audio.width);
    await expect(source({ size: 1, sound }).batch([0])).rejects.toMatchObject({
      code: 'DATASET_INVALID',
      got: '13 steps, 39 values',
    });
  });

  it('a split without samples is an error', () => {
    expect(() => source({ size: 0 })).toThrow('DATASET_EMPTY');
  });
});

describe('the order of an epoch', () => {
  it('is a permutation that depends on seed and epoch, and on nothing else', () => {
    const order = epochOrder(100, 7, 3);
    expect([...order].sort((a, b) => a - b)).toEqual(Array.from({ length: 100 }, (_, i) => i));
    expect(epochOrder(100, 7, 3)).toEqual(order);
    expect(epochOrder(100, 7, 4)).not.toEqual(order);
    expect(epochOrder(100, 8, 3)).not.toEqual(order);
  });

  it('puts every sample first equally often', () => {
    const counts = new Array(5).fill(0);
    for (let epoch = 0; epoch < 2000; epoch += 1) counts[epochOrder(5, 1, epoch)[0] as number] += 1;
    // 400 each; 5 standard deviations of a binomial count are 5 sqrt(2000 / 5 * 4 / 5) = 89.
    for (const count of counts) expect(Math.abs(count - 400)).toBeLessThan(89);
  });
});

describe('a memoised prefix', () => {
  let engine: Engine;
  let folder: string;
  const table = Float32Array.from({ length: 16 * 4 }, (_, i) => Math.fround(Math.sin(i)));
  const file = (): string => join(folder, 'model.safetensors');
  beforeAll(async () => {
    engine = await createCpuEngine();
    folder = await mkdtemp(join(tmpdir(), 'interfuse-prefix-'));
    await writeSafetensors(file(), { embedding: { shape: [16, 4], data: table } });
  });
  afterAll(async () => {
    await engine.dispose();
    await rm(folder, { recursive: true });
  });

  /** Embeddings times depth: enough of a language model to have a prefix. */
  function languageModel({ train = false, rate = 0, fresh = false } = {}) {
    let calls = 0;
    const stored = storedLeaf([16, 4], { file: file(), tensor: 'embedding' }, { train });
    const model = {
      config: { width: 4 },
      parameters: { embedding: fresh ? normal([16, 4], 1, { train }) : stored },
      prefix(params: { embedding: tf.Tensor }, text: { tokens: tf.Tensor }, depth: number, pass: never) {
        calls += 1;
        return dropout(tf.mul(embed({ weight: params.embedding }, text.tokens), depth), rate, pass);
      },
    };
    return { model: model as unknown as LanguageModel, calls: () => calls };
  }

  it('is computed once and put into every batch, zero at padding', async () => {
    const plain = source({ size: 40 });
    const { model, calls } = languageModel();
    const memoised = await memoisePrefix({ engine, languageModel: model, depths: [2], source: plain, seed: 1 });
    expect(calls()).toBe(2); // 40 samples, 32 at a time
    const { 'text/prefix/2': prefix, ...rest } = await memoised.batch([33, 5]);
    await memoised.batch([1]);
    expect(calls()).toBe(2);
    expect(rest).toEqual(await plain.batch([33, 5]));
    expect(prefix?.shape).toEqual([2, 10, 4]);

    const expected = letters.encode('bcd').flatMap((id) => [...table.slice(4 * id, 4 * id + 4)].map((x) => 2 * x));
    expect(row({ prefix: prefix as HostTensor }, 'prefix', 1)).toEqual([...expected, ...new Array(28).fill(0)]);
  });

  it('is computed without reading a stream', async () => {
    const split = createSmallSplit({ size: 3 });
    const read = (_stream: string, rows: readonly number[]) =>
      rows.length === 0 ? split.read('audio', rows) : Promise.reject(new Error('a stream was read'));
    const unread = createBatchSource({ split: { ...split, read }, tokenizer: letters, streams, padding: 'fixed' });
    const { model } = languageModel();
    const memoised = memoisePrefix({ engine, languageModel: model, depths: [2], source: unread, seed: 1 });
    await expect(memoised).resolves.not.toBe(unread);
  });

  it('is that of the sample that gives the text', async () => {
    const plain = source({ size: 40 });
    const { model } = languageModel();
    const memoised = await memoisePrefix({ engine, languageModel: model, depths: [2], source: plain, seed: 1 });
    const { 'text/prefix/2': swapped } = await memoised.batch([3, 4], undefined, (row, modality) =>
      modality === 'text' ? row + 20 : row,
    );
    const { 'text/prefix/2': given } = await memoised.batch([23, 24]);
    expect(swapped).toEqual(given);
  });

  it('is zero where the text is withheld', async () => {
    const plain = source({ size: 3 });
    const { model } = languageModel();
    const memoised = await memoisePrefix({ engine, languageModel: model, depths: [2], source: plain, seed: 1 });
    const { 'text/prefix/2': whole } = await memoised.batch([0, 1]);
    const { 'text/prefix/2': prefix } = await memoised.batch([0, 1], (row) => row === 1);
    expect(row({ prefix: prefix as HostTensor }, 'prefix', 0)).toEqual(row({ whole: whole as HostTensor }, 'whole', 0));
    expect(new Set(row({ prefix: prefix as HostTensor }, 'prefix', 1))).toEqual(new Set([0]));
  });

  it('is kept for every depth that is asked for', async () => {
    const plain = source({ size: 3 });
    const { model } = languageModel();
    const memoised = await memoisePrefix({ engine, languageModel: model, depths: [1, 3], source: plain, seed: 1 });
    const { 'text/prefix/1': one, 'text/prefix/3': three } = await memoised.batch([2]);
    const tripled = Array.from((one as HostTensor).data, (value) => Math.fround(3 * value));
    expect(Array.from((three as HostTensor).data)).toEqual(tripled);
  });

  it('is left out where the language model is trained, starts at random or drops out', async () => {
    const plain = source({ size: 4 });
    for (const options of [{ train: true }, { fresh: true }, { rate: 0.1 }]) {
      const { model } = languageModel(options);
      expect(await memoisePrefix({ engine, languageModel: model, depths: [2], source: plain, seed: 1 })).toBe(plain);
    }
  });

  it('is left out where there is no text', async () => {
    const silent = createBatchSource({ split: createSmallSplit({ size: 2 }), streams, padding: 'fixed' });
    const { model } = languageModel();
    expect(await memoisePrefix({ engine, languageModel: model, depths: [2], source: silent, seed: 1 })).toBe(silent);
  });
});
