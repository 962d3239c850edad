import { describe, expect, it } from 'vitest';
import { thrown } from '../../test/thrown.js';
import type {
  Dataset,
  DatasetSpec,
  OpenReader,
  RaggedRows,
  Sample,
  Split,
  SplitName,
  SplitRecipe,
} from '../contracts/dataset.js';
import type { StreamTransform, StreamTransforms } from '../contracts/transforms.js';
import { applyTransforms, longestAfter } from './apply.js';
import { transformDataset } from './transformed-dataset.js';

const scalar = { name: 'audio', width: 1 };
const sequence = (...values: number[]): RaggedRows => ({ values: Float32Array.from(values), lengths: [values.length] });
const apply = (rows: RaggedRows, ...transforms: StreamTransform[]) => applyTransforms(rows, scalar, transforms, {});

describe('a transform', () => {
  it('clips values', () => {
    expect(apply(sequence(-3, 0.5, 9), { clip: [-1, 1] })).toEqual(sequence(-1, 0.5, 1));
  });

  it('pools neighbours, and strides as DeepMLF aligns', () => {
    const seven = sequence(1, 2, 3, 4, 5, 6, 7);
    expect(apply(seven, { pool: 3 })).toEqual(sequence(2, 4.5, 6.5)); // spans {1, 2, 3}, {4, 5}, {6, 7}
    // The released program lengthens 1..7 to nine with copies of 7: (1+4+7)/3, (2+5+7)/3, (3+6+7)/3.
    expect(apply(seven, { align: 3 })).toEqual(sequence(4, 14 / 3, 16 / 3));
  });

  it('leaves sequences that are short enough as they are, and those that are not there', () => {
    const rows: RaggedRows = { values: Float32Array.of(1, 2, 3, 4, 5), lengths: [1, 0, 4] };
    for (const transform of [{ pool: 2 }, { align: 2 }]) {
      const { values, lengths } = apply(rows, transform);
      expect(lengths).toEqual([1, 0, 2]);
      expect(values[0]).toBe(1);
    }
    expect(apply(rows, { pool: 2 }).values).toEqual(Float32Array.of(1, 2.5, 4.5));
    expect(apply(rows, { align: 2 }).values).toEqual(Float32Array.of(1, 3, 4));
  });

  it('acts on every feature by itself', () => {
    const rows = { values: Float32Array.of(1, 10, 3, 30), lengths: [2] };
    const wide = { name: 'audio', width: 2 };
    expect(applyTransforms(rows, wide, [{ pool: 1 }], {}).values).toEqual(Float32Array.of(2, 20));
    const statistics = { 'audio/0': { mean: Float32Array.of(2, 20), deviation: Float32Array.of(1, 10) } };
    const standardised = applyTransforms(rows, wide, [{ standardise: true }], statistics);
    expect(standardised.values).toEqual(Float32Array.of(-1, -1, 1, 1));
  });

  it('comes after those before it in the list', () => {
    const rows = sequence(0, 0, 8, 8);
    expect(apply(rows, { clip: [0, 2] }, { pool: 1 }).values).toEqual(Float32Array.of(1));
    expect(apply(rows, { pool: 1 }, { clip: [0, 2] }).values).toEqual(Float32Array.of(2));
    expect(longestAfter([{ pool: 5 }, { standardise: true }, { align: 3 }], 9)).toBe(3);
    expect(longestAfter([{ pool: 50 }], 9)).toBe(9);
  });
});

/** Two streams of two features; samples of validation and test hold numbers that would spoil every mean. */
function createDataset() {
  const spec: DatasetSpec = {
    name: 'sample',
    task: { kind: 'regression', range: [-3, 3] },
    hasText: false,
    streams: {
      audio: { name: 'audio', width: 2, maximumLength: 6 },
      vision: { name: 'vision', width: 2, maximumLength: 6 },
    },
    sizes: { train: 100, valid: 2, test: 2 },
    licence: 'CC0-1.0',
    digest: '00',
  };
  const opened: string[] = [];
  let open = 0;
  const split = (name: SplitName): Split => {
    opened.push(name);
    open += 1;
    const samples = Array.from({ length: spec.sizes[name] }, (_, i): Sample => {
      const sample = { id: `${name}-${i}`, labels: { task: 0 } };
      return i % 5 === 4 ? { ...sample, missing: ['audio'] } : sample;
    });
    return {
      name,
      samples,
      async read(stream, rows) {
        const lengths = rows.map((row) => (samples[row]?.missing?.includes(stream) ? 0 : 1 + (row % 6)));
        const values = rows.flatMap((row, i) =>
          Array.from({ length: lengths[i] as number }, (_, step) =>
            name === 'train' ? [1000 + Math.sin(row + step), 5] : [1e9, -1e9],
          ).flat(),
        );
        return { values: Float32Array.from(values), lengths };
      },
      async close() {
        open -= 1;
      },
    };
  };
  const dataset: Dataset = { spec, open: async (name) => split(name), openTest: async () => split('test') };
  return { dataset, opened, stillOpen: () => open };
}

const receipt = { run: 'run', checkpoint: '00' };
const transformed = (transforms: StreamTransforms) => {
  const { dataset, ...rest } = createDataset();
  return { dataset: transformDataset(dataset, transforms), ...rest };
};
const all = (size: number): number[] => [...new Array(size).keys()];

/** Mean and deviation of each of two features. */
function moments({ values }: RaggedRows): [number, number][] {
  return [0, 1].map((feature) => {
    const column = [...values].filter((_, i) => i % 2 === feature);
    const mean = column.reduce((sum, value) => sum + value, 0) / column.length;
    return [mean, Math.sqrt(column.reduce((sum, value) => sum + (value - mean) ** 2, 0) / column.length)];
  });
}

describe('standardisation', () => {
  it('gives the training split mean 0 and deviation 1, over real steps of samples that have the stream', async () => {
    const { dataset } = transformed({ '*': [{ standardise: true }] });
    const train = await dataset.open('train');
    const having = all(100).filter((row) => row % 5 !== 4);
    for (const rows of [await train.read('audio', having), await train.read('vision', all(100))]) {
      const [[mean, deviation], constant] = moments(rows) as [[number, number], [number, number]];
      // The values lie at 1000, where a float32 is exact to 6e-5.
      expect(mean).toBeCloseTo(0, 4);
      expect(deviation).toBeCloseTo(1, 4);
      expect(constant).toEqual([0, 0]); // a feature that never changes becomes 0, not NaN
    }
  });

  it('sees the training split alone, whichever split is opened first, and closes it', async () => {
    const statistics = await transformed({ '*': [{ standardise: true }] }).dataset.standardisation?.statistics();
    for (const first of ['valid', 'test'] as const) {
      const { dataset, opened, stillOpen } = transformed({ '*': [{ standardise: true }] });
      const split = first === 'test' ? await dataset.openTest(receipt) : await dataset.open(first);
      expect(opened).toEqual(['train', first]);
      await split.close();
      expect(stillOpen()).toBe(0);
      expect(await dataset.standardisation?.statistics()).toEqual(statistics);
    }
    expect(statistics?.['audio/0']?.mean[0]).toBeCloseTo(1000, 0);
  });

  it('is fitted to what the transforms before it leave', async () => {
    const { dataset } = transformed({ audio: [{ clip: [0, 1000] }, { standardise: true }] });
    const statistics = await dataset.standardisation?.statistics();
    expect(Object.keys(statistics ?? {})).toEqual(['audio/1']);
    expect(statistics?.['audio/1']?.mean[0]).toBeLessThan(1000);
  });

  it('uses the statistics that it is given, and then reads no training split', async () => {
    const { dataset, opened } = transformed({ audio: [{ standardise: true }] });
    const given = { 'audio/0': { mean: Float32Array.of(1e9, 0), deviation: Float32Array.of(2, 1e9) } };
    const valid = await dataset.standardisation?.with(given).open('valid');
    expect((await valid?.read('audio', [0]))?.values).toEqual(Float32Array.of(0, -1));
    expect(opened).toEqual(['valid']);
  });
});

describe('a transformed dataset', () => {
  it('is the dataset itself where nothing is declared', () => {
    const { dataset } = createDataset();
    expect(transformDataset(dataset, {})).toBe(dataset);
    expect(transformDataset(dataset, { '*': [] })).toBe(dataset);
  });

  it('says how long its sequences are, stream by stream; "*" is for those that are not named', async () => {
    const { dataset, opened } = transformed({ audio: [{ pool: 3 }], '*': [{ align: 2 }] });
    expect(dataset.spec.streams).toMatchObject({ audio: { maximumLength: 3 }, vision: { maximumLength: 2 } });
    expect(dataset.standardisation).toBeUndefined();
    const valid = await dataset.open('valid');
    expect((await valid.read('vision', [1])).lengths).toEqual([2]);
    expect(opened).toEqual(['valid']); // nothing is fitted where nothing is standardised
  });

  it('says how fast its streams are, unless sequences are shortened', () => {
    const { dataset } = createDataset();
    const spec = { ...dataset.spec, streams: { audio: { name: 'audio', width: 2, maximumLength: 6, pace: 8 } } };
    const pace = (transforms: StreamTransforms) =>
      transformDataset({ ...dataset, spec }, transforms).spec.streams.audio?.pace;
    expect(pace({ audio: [{ clip: [0, 1] }, { pool: 6 }] })).toBe(8);
    expect(pace({ audio: [{ pool: 5 }] })).toBeUndefined();
  });

  it('has a recipe where the dataset has one: what it opens on another thread is transformed alike', async () => {
    const { dataset } = createDataset();
    const inner: SplitRecipe = { module: 'file:///reader.js', data: 'train', bytes: 7 };
    const open = async (name: 'train' | 'valid') => ({ ...(await dataset.open(name)), recipe: inner });
    const declared: StreamTransforms = { audio: [{ clip: [1000, 2000] }], '*': [{ standardise: true }, { pool: 2 }] };
    const train = await transformDataset({ ...dataset, open }, declared).open('train');
    const { module, data, through, bytes } = train.recipe as SplitRecipe;
    expect({ through, bytes }).toEqual({ through: inner, bytes: 7 });
    const { openReader } = (await import(module)) as { openReader: OpenReader<unknown> };
    const reader = await openReader(structuredClone(data), await dataset.open('train'));
    for (const stream of ['audio', 'vision'])
      expect(await reader.read(stream, [5, 2])).toEqual(await train.read(stream, [5, 2]));
    expect((await transformDataset(dataset, declared).open('train')).recipe).toBeUndefined();
  });

  it('has no stream of another name', () => {
    expect(thrown(() => transformed({ audoi: [{ pool: 3 }] }))).toMatchObject({
      code: 'CONFIG_UNKNOWN_OPTION',
      place: 'data.transforms.audoi',
      remedy: 'Did you mean "audio"?',
    });
  });

  it('clips to a range that is not empty', () => {
    expect(thrown(() => transformed({ '*': [{ clip: [2, 1] }] }))).toMatchObject({
      code: 'CONFIG_WRONG_VALUE',
      place: 'data.transforms.*[0].clip',
    });
  });

  it('throws what reading the training split throws, and closes it', async () => {
    const { dataset, stillOpen } = createDataset();
    const failing: Dataset = {
      ...dataset,
      open: async (name) => ({
        ...(await dataset.open(name)),
        read: () => Promise.reject(new Error('cannot be read')),
      }),
    };
    const opening = transformDataset(failing, { '*': [{ standardise: true }] }).open('valid');
    await expect(opening).rejects.toThrow('cannot be read');
    expect(stillOpen()).toBe(0);
  });
});
