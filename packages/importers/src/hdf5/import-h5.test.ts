import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { contentsOf, temporaryFolder } from '../../test/folders.js';
import { makeBigEndian, type TreeToWrite, writeHdf5 } from '../../test/hdf5-files.js';
import { importH5 } from './import-h5.js';

const folder = temporaryFolder();
const splits = ['train', 'valid', 'test'] as const;

describe('importing HDF5', () => {
  it('reads files as in the MFN repository: X and y for each split, modalities side by side', async () => {
    mkdirSync(folder.at('data'));
    for (const split of splits) {
      // [2 samples, 2 steps, 3 features]; the first sample is padded in front.
      const x = Float32Array.of(0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9);
      await writeHdf5(folder.at('data', `X_${split}.h5`), { data: { shape: [2, 2, 3], data: x, packed: true } });
      await writeHdf5(folder.at('data', `y_${split}.h5`), { data: { shape: [2], data: Float64Array.of(0.4, -2.2) } });
    }
    const report = await importH5([folder.at('data')], folder.at('out'), {
      streams: [
        { name: 'audio', array: 'x', columns: [0, 1] },
        { name: 'vision', array: 'x', columns: [1, 3] },
      ],
    });
    expect(report.streams).toEqual({ audio: { width: 1, maximumLength: 2 }, vision: { width: 2, maximumLength: 2 } });
    const { train, test } = await contentsOf(folder.at('out'));
    expect(train.streams.audio).toEqual({ lengths: [1, 2], values: Float32Array.of(1, 4, 7) });
    expect(test.streams.vision).toEqual({ lengths: [1, 2], values: Float32Array.of(2, 3, 5, 6, 8, 9) });
    expect(test.samples.map(({ labels }) => labels.task)).toEqual([0.4, -2.2]);
  });

  it('reads one file with a group for each split: numbers of other types, texts, emotions', async () => {
    const group = (split: string): TreeToWrite => ({
      audio: { shape: [2, 1, 2], data: Int32Array.of(1, 2, 3, 4) },
      raw_text: { shape: [2], data: [`${split} one`, 'two'] },
      id: { shape: [2], data: [`${split}$_$1`, `${split}$_$2`] },
      labels: { shape: [2, 3], data: Float32Array.of(1, 0, 2, -1, 3, 0) },
    });
    const tree = Object.fromEntries(splits.map((split) => [split, group(split)]));
    await writeHdf5(folder.at('all.h5'), { ...tree, version: { shape: [1], data: ['1'] } });
    const report = await importH5([folder.at('all.h5')], folder.at('out'));
    expect(report.notes).toEqual(['Not imported: version.']);
    const { valid } = await contentsOf(folder.at('out'));
    expect(valid.samples).toEqual([
      { id: 'valid$_$1', group: 'valid', text: 'valid one', labels: { task: 1, score_1: 0, score_2: 2 } },
      { id: 'valid$_$2', group: 'valid', text: 'two', labels: { task: -1, score_1: 3, score_2: 0 } },
    ]);
    expect(valid.streams.audio?.values).toEqual(Float32Array.of(1, 2, 3, 4));
  });

  it('reads numbers of either byte order', async () => {
    const audio = Float32Array.of(1.5, -2, 3.25, 4);
    const labels = Int32Array.of(1, -3);
    const group = { audio: { shape: [2, 1, 2], data: audio }, labels: { shape: [2], data: labels } };
    await writeHdf5(folder.at('all.h5'), Object.fromEntries(splits.map((split) => [split, group])));
    await importH5([folder.at('all.h5')], folder.at('little'));
    const before = readFileSync(folder.at('all.h5'));
    makeBigEndian(folder.at('all.h5'), [audio, labels]);
    const after = readFileSync(folder.at('all.h5'));
    // 1.5 is 3fc00000, and -3 is fffffffd.
    for (const number of ['3fc00000c0000000', '00000001fffffffd']) {
      expect([before, after].map((bytes) => bytes.includes(Buffer.from(number, 'hex')))).toEqual([false, true]);
    }
    await importH5([folder.at('all.h5')], folder.at('big'));
    const big = await contentsOf(folder.at('big'));
    expect(big.test.streams.audio?.values).toEqual(audio);
    expect(big.test.samples.map(({ labels: { task } }) => task)).toEqual([1, -3]);
    expect(big).toEqual(await contentsOf(folder.at('little')));
  });

  it('refuses what is damaged or no HDF5 file, and leaves no folder', async () => {
    await writeHdf5(folder.at('whole.h5'), { x: { shape: [100], data: new Float64Array(100) } });
    const whole = readFileSync(folder.at('whole.h5'));
    for (let tenth = 0; tenth < 10; tenth += 1) {
      writeFileSync(folder.at('whole.h5'), whole.subarray(0, Math.floor((whole.length * tenth) / 10)));
      await expect(importH5([folder.at('whole.h5')], folder.at('out'))).rejects.toMatchObject({
        code: 'IMPORT_INVALID',
      });
    }
    await expect(importH5([folder.at('nowhere.h5')], folder.at('out'))).rejects.toMatchObject({
      code: 'FILE_NOT_FOUND',
    });
    mkdirSync(folder.at('empty'));
    await expect(importH5([folder.at('empty')], folder.at('out'))).rejects.toMatchObject({ code: 'FILE_NOT_FOUND' });
    expect(readdirSync(folder.path).sort()).toEqual(['empty', 'whole.h5']);
  });
});
