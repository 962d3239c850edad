import { appendFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { toHalf } from './half.js';
import {
  assertFinite,
  isStored,
  LeafFiles,
  readHeader,
  readStoredLeaf,
  type StoredLeaf,
  writeSafetensors,
} from './index.js';

const work = mkdtempSync(join(tmpdir(), 'interfuse-leaves-'));
afterAll(() => rmSync(work, { recursive: true }));

const leafIn = (file: string, shape: number[], start: object = {}): StoredLeaf => ({
  shape,
  train: false,
  start: { kind: 'stored', file, tensor: 'weight', ...start },
});

async function read(leaf: StoredLeaf): Promise<Float32Array> {
  const files = new LeafFiles();
  try {
    return await readStoredLeaf('block/weight', leaf, await files.open(leaf));
  } finally {
    await files.close();
  }
}

describe('a stored leaf', () => {
  it('is read from a span of any file, decoded as the span says', async () => {
    const file = join(work, 'model.gguf');
    const block = Uint8Array.from([toHalf(0.5) & 255, toHalf(0.5) >> 8, ...Array.from({ length: 32 }, (_, i) => i)]);
    writeFileSync(file, Buffer.concat([Buffer.from('header'), block]));
    const span = { type: 'Q8_0', shape: [2, 16], begin: 6, end: 40 };
    const expected = Float32Array.from({ length: 32 }, (_, i) => i / 2);
    expect(await read(leafIn(file, [2, 16], { span }))).toEqual(expected);
    await expect(read(leafIn(file, [16, 2], { span }))).rejects.toMatchObject({ code: 'SAFETENSORS_TENSOR' });
    await expect(read(leafIn(file, [2, 16], { span: { ...span, end: 41 } }))).rejects.toMatchObject({
      code: 'SAFETENSORS_INVALID',
    });
  });

  it('has the rows of its heads in halves where the file has them in pairs', async () => {
    const file = join(work, 'heads.bin');
    const rows = Float32Array.from({ length: 16 }, (_, i) => i); // two heads of four rows of two
    writeFileSync(file, new Uint8Array(rows.buffer));
    const span = { type: 'F32', shape: [8, 2], begin: 0, end: 64, interleavedHead: 4 };
    const values = await read(leafIn(file, [8, 2], { span }));
    expect([...values]).toEqual([0, 1, 4, 5, 2, 3, 6, 7, 8, 9, 12, 13, 10, 11, 14, 15]);
  });

  it('without a span is one of a safetensors file', () => {
    expect(isStored(leafIn('a', [1]))).toBe(true);
    expect(isStored({ shape: [1], train: true, start: { kind: 'constant', value: 0 } })).toBe(false);
  });
});

/** A float of each type that has every bit of its exponent set, and the largest one that has not. */
const limits = { F32: 3.4028234663852886e38, F16: 65504, BF16: 3.3895313892515355e38 };

describe('weights that are no numbers', () => {
  const length = 2 ** 21 + 3; // more than is looked at together, and not whole words

  async function checked(type: 'F32' | 'F16' | 'BF16', put: Record<number, number>): Promise<void> {
    const file = join(work, `${type}-${Object.entries(put).flat().join('-')}.safetensors`);
    const data = new Float32Array(length).fill(-limits[type]);
    for (const [at, value] of Object.entries(put)) data[Number(at)] = value;
    if (type === 'BF16') {
      const words = new Uint32Array(data.buffer);
      const halves = Uint16Array.from(words, (word) => word >>> 16);
      const header = JSON.stringify({ weight: { dtype: type, shape: [length], data_offsets: [0, 2 * length] } });
      const size = Buffer.alloc(8);
      size.writeBigUInt64LE(BigInt(header.length));
      writeFileSync(file, Buffer.concat([size, Buffer.from(header), new Uint8Array(halves.buffer)]));
    } else await writeSafetensors(file, { weight: { shape: [length], data, type } });
    const leaf = leafIn(file, [length]);
    const files = new LeafFiles();
    try {
      const entry = readHeader(file).tensors.get('weight');
      if (entry) await assertFinite('weight', entry, await files.open(leaf));
    } finally {
      await files.close();
    }
    await read(leaf);
  }

  it.each(['F32', 'F16', 'BF16'] as const)('are none of the finite numbers of %s', async (type) => {
    await checked(type, { 1: 0, 2: limits[type], 3: 2 ** -14 });
  });

  it.each([
    ['F32', 0, Number.NaN],
    ['F32', length - 1, Number.POSITIVE_INFINITY],
    ['F16', 2 ** 20 + 1, Number.NaN],
    ['F16', length - 1, Number.NEGATIVE_INFINITY],
    ['BF16', 2 ** 21 + 1, Number.NaN],
    ['BF16', length - 1, Number.NEGATIVE_INFINITY],
  ] as const)('are named by tensor and position: %s at %i', async (type, at, value) => {
    await expect(checked(type, { [at]: value })).rejects.toMatchObject({
      code: 'WEIGHTS_NOT_FINITE',
      place: expect.stringMatching(/: weight$/),
      got: `${value} at position ${at}`,
    });
  });

  it('are found when they are read whole', async () => {
    const file = join(work, 'nan.safetensors');
    await writeSafetensors(file, { weight: { shape: [3], data: Float32Array.of(1, Number.NaN, 2) } });
    await expect(read(leafIn(file, [3]))).rejects.toMatchObject({ code: 'WEIGHTS_NOT_FINITE' });
  });
});

describe('a header', () => {
  const entry = (begin: number, end: number, shape: number[]) => ({ dtype: 'F32', shape, data_offsets: [begin, end] });

  function headerOf(entries: object, bytes: number): string {
    const file = join(work, 'lie.safetensors');
    const text = Buffer.from(JSON.stringify(entries));
    const size = Buffer.alloc(8);
    size.writeBigUInt64LE(BigInt(text.length));
    writeFileSync(file, Buffer.concat([size, text, Buffer.alloc(bytes)]));
    return file;
  }

  it.each([
    ['overlap', { a: entry(0, 8, [2]), b: entry(4, 12, [2]) }, 12, /b[\s\S]*overlaps a/],
    ['are the same', { a: entry(0, 8, [2]), b: entry(0, 8, [2]) }, 8, /b[\s\S]*overlaps a/],
    ['leave a gap', { a: entry(0, 8, [2]), b: entry(12, 16, [1]) }, 16, /b[\s\S]*gap after a/],
    ['do not begin with the data', { a: entry(4, 12, [2]) }, 12, /a[\s\S]*gap after the header/],
    ['leave bytes at the end', { a: entry(0, 8, [2]) }, 12, /a ends at byte/],
    ['run backwards', { a: entry(8, 0, [2]) }, 8, /8 bytes for F32 \[2\][\s\S]*-8 bytes/],
    ['go beyond the file', { a: entry(0, 8, [2]) }, 4, /cut off/],
    ['are of a type of JavaScript', { a: { ...entry(0, 8, [2]), dtype: 'toString' } }, 8, /a type among/],
    ['are as large as 2^60', { a: entry(0, 2 ** 60, [2 ** 58]) }, 8, /two data offsets|whole numbers/],
  ])('is refused whose tensors %s', (_, entries, bytes, message) => {
    expect(() => readHeader(headerOf(entries, bytes))).toThrow(/SAFETENSORS_INVALID/);
    expect(() => readHeader(headerOf(entries, bytes))).toThrow(message);
  });

  it('may list tensors in any order, and some that are empty', () => {
    const entries = { b: entry(8, 12, [1]), none: entry(8, 8, [0]), a: entry(0, 8, [2]) };
    expect([...readHeader(headerOf(entries, 12)).tensors.keys()]).toEqual(['b', 'none', 'a']);
  });

  it('that says to be 100 GB long is refused before anything is allocated', () => {
    const file = join(work, 'long.safetensors');
    const size = Buffer.alloc(8);
    size.writeBigUInt64LE(100_000_000_000n);
    writeFileSync(file, size);
    appendFileSync(file, '{}');
    expect(() => readHeader(file)).toThrow(/within the 10 bytes[\s\S]*100000000000 bytes/);
  });

  it('is not looked for in a folder', () => {
    expect(() => readHeader(work)).toThrow(/SAFETENSORS_INVALID[\s\S]*a folder/);
  });
});
