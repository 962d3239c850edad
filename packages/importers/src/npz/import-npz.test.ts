import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { contentsOf, temporaryFolder } from '../../test/folders.js';
import { npy, npyTexts, zip } from '../../test/numpy-files.js';
import { bytesOf, ObjectArray, writePickle } from '../../test/pickle-writer.js';
import { importNpz } from './import-npz.js';

const folder = temporaryFolder();

const float32 = (shape: readonly number[], valueAt: (i: number) => number) =>
  npy(shape, bytesOf(Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, i) => valueAt(i))));

/** Two samples, three steps: the first has one step of padding in front, as in the data of the MFN repository. */
function arrays(split: string): Record<string, Buffer> {
  return {
    [`${split}_audio.npy`]: float32([2, 3, 2], (i) => (i < 2 ? 0 : i / 4)),
    [`${split}_vision.npy`]: npy([2, 3, 1], bytesOf(Float64Array.of(0, 1, 2, 3, 4, 5)), { descr: '<f8' }),
    [`${split}_labels.npy`]: npy([2], bytesOf(Float64Array.of(-1, 2.5)), { descr: '<f8' }),
    [`${split}_raw_text.npy`]: npyTexts([`${split} one`, 'zwei 😐']),
    [`${split}_id.npy`]: npyTexts([`${split}[0]`, `${split}[1]`]),
  };
}

const members = (): Record<string, Buffer> => ({ ...arrays('train'), ...arrays('valid'), ...arrays('test') });

describe('importing NumPy archives', () => {
  it.each([
    ['stored', {}],
    ['deflated', { deflate: true }],
    ['ZIP64', { zip64: true }],
    ['deflated ZIP64', { deflate: true, zip64: true }],
  ])('reads %s members', async (_what, options) => {
    writeFileSync(folder.at('mine.npz'), zip(members(), options));
    const report = await importNpz([folder.at('mine.npz')], folder.at('out'));
    expect(report).toMatchObject({ name: 'mine', sizes: { train: 2, valid: 2, test: 2 } });
    expect(readdirSync(folder.at('out')).sort()).toEqual(['dataset.json', 'test', 'train', 'valid']);
    const { valid } = await contentsOf(folder.at('out'));
    expect(valid.samples).toEqual([
      { id: 'valid[0]', group: 'valid', text: 'valid one', labels: { task: -1 } },
      { id: 'valid[1]', group: 'valid', text: 'zwei 😐', labels: { task: 2.5 } },
    ]);
    // Both streams lose the step in front, in which both are zero.
    expect(valid.streams.audio).toEqual({
      lengths: [2, 3],
      values: Float32Array.from([2, 3, 4, 5, 6, 7, 8, 9, 10, 11], (i) => i / 4),
    });
    expect(valid.streams.vision).toEqual({ lengths: [2, 3], values: Float32Array.of(1, 2, 3, 4, 5) });
  });

  it('reads a folder of .npy files, in Fortran order and big endian, of any version', async () => {
    mkdirSync(folder.at('arrays'));
    for (const split of ['train', 'dev', 'test']) {
      // [2, 2, 1] in Fortran order: a00 a10 a01 a11.
      const fortran = Buffer.alloc(16);
      [1, 3, 2, 4].forEach((value, i) => {
        fortran.writeFloatBE(value, 4 * i);
      });
      writeFileSync(
        folder.at('arrays', `audio_${split}.npy`),
        npy([2, 2, 1], fortran, { descr: '>f4', fortran: true, version: 2 }),
      );
      writeFileSync(
        folder.at('arrays', `audio_lengths_${split}.npy`),
        npy([2], bytesOf(BigInt64Array.of(2n, 1n)), { descr: '<i8', version: 3 }),
      );
      writeFileSync(folder.at('arrays', `y_${split}.npy`), npy([2, 1], bytesOf(Float32Array.of(1, -1))));
    }
    await importNpz([folder.at('arrays')], folder.at('out'));
    const { valid } = await contentsOf(folder.at('out'));
    // The second sample has two steps that are not zero: none is lost to its length.
    expect(valid.streams.audio).toEqual({ lengths: [2, 2], values: Float32Array.of(1, 2, 3, 4) });
    expect(valid.samples.map(({ id, labels }) => [id, labels.task])).toEqual([
      ['valid-0', 1],
      ['valid-1', -1],
    ]);
  });

  it('makes streams of some features of an array, and classes', async () => {
    const files = Object.fromEntries(
      ['train', 'valid', 'test'].flatMap((split) => [
        [`X_${split}.npy`, float32([2, 1, 4], (i) => i + 1)],
        [`label_${split}.npy`, npy([2], bytesOf(Int32Array.of(0, 1)), { descr: '<i4' })],
      ]),
    );
    writeFileSync(folder.at('x.npz'), zip(files));
    const streams = [
      { name: 'audio', array: 'x', columns: [0, 1] },
      { name: 'vision', array: 'x', columns: [1, 4] },
    ] as const;
    await importNpz([folder.at('x.npz')], folder.at('out'), {
      streams,
      task: 'classification',
      classes: ['sad', 'glad'],
    });
    const { test } = await contentsOf(folder.at('out'));
    expect(test.streams.audio?.values).toEqual(Float32Array.of(1, 5));
    expect(test.streams.vision?.values).toEqual(Float32Array.of(2, 3, 4, 6, 7, 8));
    expect(test.samples.map(({ labels }) => labels.task)).toEqual([0, 1]);
  });

  it('reads arrays of objects like pickles: texts, but nothing that runs', async () => {
    const objects = (pickle: Uint8Array) => npy([2], pickle, { descr: '|O' });
    const good = objects(writePickle(new ObjectArray([2], ['eins', 'zwei']), { protocol: 3 }));
    writeFileSync(folder.at('good.npz'), zip({ ...members(), 'train_raw_text.npy': good }));
    await importNpz([folder.at('good.npz')], folder.at('out'));
    expect((await contentsOf(folder.at('out'))).train.samples.map(({ text }) => text)).toEqual(['eins', 'zwei']);
    const bad = objects(Buffer.from('\x80\x02cposix\nsystem\n(X\x04\0\0\0truetR.', 'latin1'));
    writeFileSync(folder.at('bad.npz'), zip({ ...members(), 'train_raw_text.npy': bad }));
    await expect(importNpz([folder.at('bad.npz')], folder.at('other'))).rejects.toMatchObject({
      code: 'PICKLE_REFUSED',
      got: 'posix.system',
    });
  });
});

describe('a NumPy archive that is refused leaves no folder', () => {
  const refuse = async (bytes: Uint8Array) => {
    writeFileSync(folder.at('file.npz'), bytes);
    const error = await importNpz([folder.at('file.npz')], folder.at('out')).then(
      () => 'no error',
      ({ code }) => code,
    );
    expect(readdirSync(folder.path)).toEqual(['file.npz']);
    return error;
  };

  it.each([{}, { deflate: true }])('cut off at every tenth of its length (%j)', async (options) => {
    const whole = zip(members(), options);
    for (let tenth = 0; tenth < 10; tenth += 1) {
      expect(await refuse(whole.subarray(0, Math.floor((whole.length * tenth) / 10)))).toBe('IMPORT_INVALID');
    }
  });

  it('whose deflated bytes were changed', async () => {
    const changed = zip(members(), { deflate: true });
    changed[60] = (changed[60] as number) ^ 0xff;
    expect(await refuse(changed)).toBe('IMPORT_INVALID');
  });

  it.each([
    ['lacks a split', arrays('train')],
    ['lacks labels', Object.fromEntries(Object.entries(members()).filter(([name]) => !name.includes('labels')))],
    [
      'has an array that is shorter than its shape',
      { ...members(), 'train_audio.npy': npy([2, 3, 2], new Uint8Array(44)) },
    ],
    ['has complex numbers', { ...members(), 'train_audio.npy': npy([2, 3, 2], new Uint8Array(96), { descr: '<c8' }) }],
    ['has fields', { ...members(), 'train_audio.npy': npy([2], new Uint8Array(8), { descr: "[('a', '<f4')]" }) }],
    ['has another number of labels', { ...members(), 'test_labels.npy': npy([3], new Uint8Array(12)) }],
    ['has something else', { ...members(), 'train_audio.npy': Buffer.from('no array at all') }],
  ])('that %s', async (_what, content) => {
    expect(await refuse(zip(content))).toBe('IMPORT_INVALID');
  });
});
