/** `interfuse data` from end to end, as it is built: import, generate, validate, train, evaluate; bad input; Ctrl-C. */
import { copyFile, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { waveFile } from '../packages/features/test/wave-file.js';
import { writeHdf5, writeSequences } from '../packages/importers/test/hdf5-files.js';
import { npy, npyTexts, zip } from '../packages/importers/test/numpy-files.js';
import { bytesOf, floats, writePickle } from '../packages/importers/test/pickle-writer.js';
import { interfuse, startInterfuse } from './support/interfuse.js';

const golden = fileURLToPath(new URL('./goldens/mmsa/mosi_numpy2_protocol5.pkl', import.meta.url));
const splits = ['train', 'valid', 'test'];

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'interfuse-data-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const at = (...path: string[]) => join(folder, ...path);

/** Writes what is to be imported and returns the arguments that import it to `out`. */
const sources: { readonly [importer: string]: () => Promise<string[]> } = {
  async mmsa() {
    return [golden, 'out', '--text-features'];
  },
  async csd() {
    const videos = Object.fromEntries(Array.from({ length: 20 }, (_, i) => [`video${i}`, i]));
    const sequences = <T>(entryOf: (i: number) => T) =>
      Object.fromEntries(Object.entries(videos).map(([video, i]) => [video, entryOf(i)]));
    await writeSequences(
      at('labels.csd'),
      'labels',
      sequences((i) => ({ intervals: [0, 2], features: { shape: [1, 1], data: Float32Array.of((i % 7) - 3) } })),
    );
    await writeSequences(
      at('words.csd'),
      'words',
      sequences(() => ({ intervals: [0, 1, 1, 2], features: { shape: [2, 1], data: ['quite', 'good'] } })),
    );
    await writeSequences(
      at('audio.csd'),
      'audio',
      sequences((i) => ({
        intervals: [0, 0.5, 0.5, 1, 1, 1.5, 1.5, 2],
        features: { shape: [4, 3], data: Float32Array.from({ length: 12 }, (_, j) => Math.sin(i + j)) },
      })),
    );
    return ['out', '--labels', 'labels.csd', '--words', 'words.csd', '--stream', 'audio=audio.csd', '--split', '3,1,1'];
  },
  async h5() {
    await mkdir(at('arrays'));
    for (const split of splits) {
      const x = Float32Array.from({ length: 8 * 3 * 4 }, (_, i) => Math.sin(i));
      await writeHdf5(at('arrays', `X_${split}.h5`), { data: { shape: [8, 3, 4], data: x } });
      await writeHdf5(at('arrays', `y_${split}.h5`), {
        data: { shape: [8], data: Float64Array.from({ length: 8 }, (_, i) => (i % 7) - 3) },
      });
    }
    return ['arrays', 'out', '--stream', 'audio=x[0:3]', '--stream', 'vision=x[3:4]'];
  },
  async npz() {
    const members = Object.fromEntries(
      splits.flatMap((split) => [
        [`${split}_audio.npy`, npy([8, 3, 2], bytesOf(Float32Array.from({ length: 48 }, (_, i) => Math.cos(i))))],
        [`${split}_labels.npy`, npy([8], bytesOf(Float32Array.from({ length: 8 }, (_, i) => (i % 5) - 2)))],
        [`${split}_text.npy`, npyTexts(Array.from({ length: 8 }, (_, i) => `The ${split} number ${i}.`))],
      ]),
    );
    await writeFile(at('arrays.npz'), zip(members, { deflate: true, zip64: true }));
    return ['arrays.npz', 'out'];
  },
  async folder() {
    const rows = ['id,split,label,text,audio'];
    for (const [index, split] of [...splits, ...splits, ...splits].entries()) {
      const format = ['wav', 'flac', 'mp3'][Math.floor(index / 3)] as string;
      const name = `${index}.${format}`;
      if (format === 'wav') await writeFile(at(name), waveFile(100 + 20 * index, 0.5));
      else await copyFile(new URL(`../packages/features/test/recordings/voice.${format}`, import.meta.url), at(name));
      rows.push(`${index},${split},${(index % 7) - 3},Number ${index} is quite good.,${name}`);
    }
    await writeFile(at('recordings.csv'), rows.join('\n'));
    return ['recordings.csv', 'out', '--range', '-3,3'];
  },
};

describe('every importer', () => {
  it.each(Object.keys(sources))('%s: import, validate, describe, train an epoch, evaluate', async (importer) => {
    const args = await sources[importer]?.();
    const imported = await interfuse(['data', 'import', importer, ...(args ?? [])], folder);
    expect(imported).toMatchObject({ code: 0, out: expect.stringContaining('out is a dataset folder') });
    expect(await interfuse(['data', 'validate', 'out'], folder)).toMatchObject({
      code: 0,
      out: expect.stringContaining('is whole'),
      error: '',
    });
    const described = await interfuse(['data', 'describe', 'out', '--json'], folder);
    const { streams, hasText, sizes } = JSON.parse(described.out);
    expect(Object.keys(streams)).toContain('audio');
    const config = {
      data: { use: 'folder', options: { path: 'out' }, ...(hasText ? { textLength: 12 } : {}) },
      encoders: { '*': 'mean' },
      ...(hasText ? { languageModel: 'llama' } : {}),
      fusion: hasText ? 'late' : { use: 'unimodal', options: { modality: 'audio' } },
      training: { epochs: 1, batchSize: 4 },
      engine: 'wasm',
      seeds: 1,
    };
    await writeFile(at('config.json'), JSON.stringify(config));
    expect(await interfuse(['train', 'config.json', '--quiet'], folder)).toMatchObject({ code: 0, error: '' });
    const run = (await readdir(at('runs'))).find((name) => !name.endsWith('.json'));
    expect(await interfuse(['evaluate', `runs/${run}`], folder)).toMatchObject({ code: 0, error: '' });
    const predictions = await readFile(at('runs', run as string, 'predictions.csv'), 'utf8');
    expect(predictions.trim().split('\n').length - 1).toBe(sizes.valid + sizes.test);
  });
});

describe('generate', () => {
  it('makes a dataset on which a comparison says how much of the possible is reached', async () => {
    const flags = [
      '--text',
      '--streams',
      'audio',
      '--samples',
      '120',
      '--noise',
      '0',
      '--width',
      '4',
      '--steps',
      '2,3',
    ];
    const generated = await interfuse(['data', 'generate', 'known', ...flags], folder);
    expect(generated).toMatchObject({ code: 0, error: '' });
    // Nothing is hidden and nothing noisy: there need be no error.
    expect(generated.out).toMatch(/^everything +0\.0000 +1\.0000 +1\.0000 /m);
    expect(generated.out).toContain('known is a dataset folder: data.use=folder data.options.path=known');
    expect(await interfuse(['data', 'validate', 'known'], folder)).toMatchObject({ code: 0, error: '' });
    const config = {
      data: { use: 'folder', options: { path: 'known' }, textLength: 16 },
      encoders: { '*': 'mean' },
      languageModel: 'llama',
      fusion: [{ use: 'unimodal', options: { modality: 'audio' } }, 'late'],
      training: { epochs: 1, batchSize: 16 },
      engine: 'wasm',
      seeds: 1,
    };
    await writeFile(at('config.json'), JSON.stringify(config));
    const compared = await interfuse(['compare', 'config.json', '--quiet'], folder);
    expect(compared).toMatchObject({ code: 0, error: '' });
    expect(compared.out).toMatch(
      /Of the best possible \(MAE from [\d.]+, the training median, to 0\.0000, everything\): /,
    );
    expect(compared.out).toMatch(/Alone: unimodal [\d.]+ where 0\.7500 is possible\./);
  });

  it('has help with examples', async () => {
    const { code, out } = await interfuse(['data', 'generate', '--help'], folder);
    expect([code, out]).toEqual([0, expect.stringContaining('interfuse data generate xor --redundancy 0')]);
  });
});

describe('the tools', () => {
  beforeEach(async () => {
    expect(await interfuse(['data', 'import', 'mmsa', golden, 'mosi'], folder)).toMatchObject({ code: 0 });
  });

  it('inspect says leaks loudly; a new split by video has none', async () => {
    const before = await interfuse(['data', 'inspect', 'mosi'], folder);
    expect(before.code).toBe(0);
    expect(before.out).toContain('LEAK: test shares groups (videos, speakers) with train');
    const split = ['data', 'split', 'mosi', 'anew', '--shares', '2,1,1', '--resplit', '2'];
    expect(await interfuse(split, folder)).toMatchObject({ code: 0, error: '' });
    expect((await readdir(folder)).sort()).toEqual(['anew-1', 'anew-2', 'mosi']);
    const after = await interfuse(['data', 'inspect', 'anew-1', '--json'], folder);
    expect(JSON.parse(after.out).leaks.filter(({ kind }: { kind: string }) => kind !== 'text')).toEqual([]);
  });

  it('subset makes a smaller one', async () => {
    const subset = [
      'data',
      'subset',
      'mosi',
      'part',
      '--share',
      '0.5',
      '--train',
      '3',
      '--streams',
      'vision',
      '--no-text',
    ];
    expect(await interfuse(subset, folder)).toMatchObject({ code: 0, error: '' });
    const { out } = await interfuse(['data', 'describe', 'part', '--json'], folder);
    expect(JSON.parse(out)).toMatchObject({ sizes: { train: 3, valid: 2, test: 3 }, hasText: false });
    expect(Object.keys(JSON.parse(out).streams)).toEqual(['vision']);
  });

  it('validate names what is wrong and ends with 2', async () => {
    const file = at('mosi', 'train', 'samples.jsonl');
    await writeFile(file, (await readFile(file, 'utf8')).replaceAll('"labels"', '"label"'));
    const { code, error } = await interfuse(['data', 'validate', 'mosi'], folder);
    expect(code).toBe(2);
    expect(error).toMatch(/^DATASET_INVALID[\s\S]*samples\.jsonl:1[\s\S]*also [\s\S]*samples\.jsonl:2/);
  });

  it('load no tensor library', async () => {
    for (const args of [
      ['--help'],
      ['import', '--help'],
      ['describe', 'mosi'],
      ['inspect', 'mosi'],
      ['import', 'mmsa', golden, 'x'],
    ]) {
      expect(await interfuse(['data', ...args], folder, { NODE_V8_COVERAGE: at('coverage') })).toMatchObject({
        code: 0,
      });
    }
    const names = await readdir(at('coverage'));
    const loaded = await Promise.all(names.map((name) => readFile(at('coverage', name), 'utf8')));
    expect(loaded.join('')).toContain('importers/dist/index.js');
    expect(loaded.join('')).not.toMatch(/node_modules\/(@tensorflow|onnxruntime)/);
  });
});

describe('bad input', () => {
  it.each([
    ['a folder that exists', ['import', 'mmsa', golden, '.'], 'FILE_NOT_WRITTEN'],
    ['a file that is not there', ['import', 'npz', 'nowhere.npz', 'out'], 'FILE_NOT_FOUND'],
    ['recordings of which nobody says what the labels are', ['import', 'folder', 'table.csv', 'out'], 'COMMAND_USAGE'],
    ['no labels for sequences', ['import', 'csd', 'out', '--stream', 'audio=a.csd'], 'COMMAND_USAGE'],
    ['a range from high to low', ['import', 'mmsa', golden, 'out', '--range', '3,-3'], 'COMMAND_USAGE'],
    ['a range that is too small', ['import', 'mmsa', golden, 'out', '--range', '-1,1'], 'IMPORT_INVALID'],
    ['two shares', ['split', '.', 'out', '--shares', '1,2'], 'COMMAND_USAGE'],
    ['a modality that is not there', ['generate', 'out', '--uniqueness', 'smell=1'], 'CONFIG_WRONG_VALUE'],
    ['a negative weight', ['generate', 'out', '--synergy', '-1'], 'COMMAND_USAGE'],
    ['too many samples', ['generate', 'out', '--samples', '100001'], 'CONFIG_WRONG_VALUE'],
    ['no dataset folder', ['inspect', '.'], 'FILE_NOT_FOUND'],
    ['an unknown importer', ['import', 'mmsaa', golden, 'out'], 'COMMAND_USAGE'],
    ['an unknown command', ['inspekt', '.'], 'COMMAND_USAGE'],
  ])('%s is a coded error that leaves nothing behind', async (_what, args, code) => {
    const ended = await interfuse(['data', ...args], folder);
    expect([ended.code, ended.out]).toEqual([2, '']);
    expect(ended.error).toMatch(new RegExp(`^${code}: .+\\n  where .+\\n  expected .+\\n  got .+\\n  to do .+`));
    expect(await readdir(folder)).toEqual([]);
  });
});

describe('an import that is cut off', () => {
  /** 60 MB, and the import has begun to write. */
  async function startImport() {
    const split = (count: number) => ({
      id: Array.from({ length: count }, (_, i) => `${count}-${i}`),
      audio: floats([count, 200, 100], (i) => 1 + (i % 7)),
      regression_labels: Array.from({ length: count }, (_, i) => (i % 7) - 3),
    });
    const value = { train: split(700), valid: split(30), test: split(20) };
    await writeFile(at('file.pkl'), writePickle(value, { protocol: 4 }));
    const started = startInterfuse(['data', 'import', 'mmsa', 'file.pkl', 'out'], folder);
    while (!(await readdir(folder)).some((name) => name.endsWith('.part'))) {
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    return started;
  }

  it('by Ctrl-C stops within two seconds and leaves nothing', async () => {
    const started = await startImport();
    const pressed = performance.now();
    started.process.kill('SIGINT');
    expect((await started.end).code).toBe(130);
    expect(performance.now() - pressed).toBeLessThan(2000);
    expect(await readdir(folder)).toEqual(['file.pkl']);
  });

  it('by kill -9 leaves no dataset, and the next one clears up', async () => {
    const started = await startImport();
    started.process.kill('SIGKILL');
    await started.end;
    expect(await readdir(folder)).not.toContain('out');
    expect(await interfuse(['data', 'import', 'mmsa', 'file.pkl', 'out'], folder)).toMatchObject({ code: 0 });
    expect((await readdir(folder)).sort()).toEqual(['file.pkl', 'out']);
  });
});
