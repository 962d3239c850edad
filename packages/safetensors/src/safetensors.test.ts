import { mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import {
  fromHalf,
  readHeader,
  readTensor,
  SafetensorsFile,
  toHalf,
  writeFileWhole,
  writeSafetensors,
} from './index.js';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'interfuse-safetensors-'));
});

const values = Float32Array.from({ length: 12 }, (_, i) => i / 4 - 1);

describe('a safetensors file', () => {
  it('gives back what was written, of every type', async () => {
    const file = join(folder, 'a.safetensors');
    await writeSafetensors(
      file,
      {
        single: { shape: [3, 4], data: values },
        half: { shape: [12], data: values, type: 'F16' },
        whole: { shape: [2], data: Int32Array.of(-5, 7) },
        bytes: { shape: [3], data: Uint8Array.of(1, 0, 1) },
        empty: { shape: [0, 4], data: new Float32Array(0) },
      },
      { format: 'test' },
    );
    expect(readHeader(file).metadata).toEqual({ format: 'test' });
    expect((await readTensor(file, 'single')).data).toEqual(values);
    expect((await readTensor(file, 'half')).data).toEqual(values);
    expect((await readTensor(file, 'whole')).data).toEqual(Int32Array.of(-5, 7));
    expect((await readTensor(file, 'bytes')).data).toEqual(Uint8Array.of(1, 0, 1));
    expect((await readTensor(file, 'empty')).shape).toEqual([0, 4]);
  });

  it('reads rows by position', async () => {
    const file = join(folder, 'rows.safetensors');
    await writeSafetensors(file, { x: { shape: [4, 3], data: values, type: 'F16' } });
    const opened = await SafetensorsFile.open(file);
    expect(await opened.rows('x', 1, 2)).toEqual(values.slice(3, 9));
    await expect(opened.rows('x', 3, 2)).rejects.toMatchObject({ code: 'SAFETENSORS_TENSOR' });
    await opened.close();
  });

  it('reads rows of floats into a part of an array', async () => {
    const file = join(folder, 'rows.safetensors');
    for (const type of ['F16', 'F32'] as const) {
      await writeSafetensors(file, { x: { shape: [4, 3], data: values, type } });
      const opened = await SafetensorsFile.open(file);
      const whole = new Float32Array(8).fill(7);
      await opened.rowsInto(whole.subarray(1, 7), 'x', 1, 2);
      expect(whole).toEqual(Float32Array.of(7, ...values.slice(3, 9), 7));
      await expect(opened.rowsInto(whole, 'x', 3, 2)).rejects.toMatchObject({ code: 'SAFETENSORS_TENSOR' });
      await opened.close();
    }
  });

  it('has the same bytes whatever the order of the record', async () => {
    const a = { shape: [12], data: values };
    const b = { shape: [1], data: Int32Array.of(1) };
    await writeSafetensors(join(folder, '1'), { a, b });
    await writeSafetensors(join(folder, '2'), { b, a });
    expect(readFileSync(join(folder, '1')).equals(readFileSync(join(folder, '2')))).toBe(true);
  });

  it.each([
    ['cut off in its data', (bytes: Buffer) => bytes.subarray(0, bytes.length - 1)],
    ['cut off in its header', (bytes: Buffer) => bytes.subarray(0, 20)],
    ['cut off in its length', (bytes: Buffer) => bytes.subarray(0, 5)],
    ['empty', () => Buffer.alloc(0)],
    ['a text', () => Buffer.from('this is not a safetensors file, however long it may be')],
    ['damaged in its JSON', (bytes: Buffer) => Buffer.from(bytes.map((byte, i) => (i === 9 ? 33 : byte)))],
  ])('is refused when it is %s', async (_, damage) => {
    const file = join(folder, 'damaged');
    await writeSafetensors(file, { x: { shape: [12], data: values } });
    writeFileSync(file, damage(readFileSync(file)));
    expect(() => readHeader(file)).toThrowError(/SAFETENSORS_INVALID/);
  });

  it('is refused when shape and bytes disagree', () => {
    const header = Buffer.from(JSON.stringify({ x: { dtype: 'F32', shape: [3], data_offsets: [0, 8] } }));
    const length = Buffer.alloc(8);
    length.writeBigUInt64LE(BigInt(header.length));
    writeFileSync(join(folder, 'x'), Buffer.concat([length, header, Buffer.alloc(8)]));
    expect(() => readHeader(join(folder, 'x'))).toThrowError(/12 bytes for F32 \[3\]/);
  });

  it('names the tensors that it holds when one is missing', async () => {
    const file = join(folder, 'a');
    await writeSafetensors(file, { weight: { shape: [12], data: values } });
    await expect(readTensor(file, 'wieght')).rejects.toThrowError(/got {7}weight/);
  });
});

describe('half precision', () => {
  it('survives a round trip for all 65,536 bit patterns', () => {
    for (let bits = 0; bits < 65_536; bits += 1) {
      const value = fromHalf(bits);
      if (Number.isNaN(value)) expect(Number.isNaN(fromHalf(toHalf(value)))).toBe(true);
      else expect(toHalf(value)).toBe(bits);
    }
  });

  it('is read from a file as it is converted, for all of them', async () => {
    const file = join(folder, 'halves.safetensors');
    const numbers = Array.from({ length: 65_536 }, (_, bits) => fromHalf(bits)).filter((value) => !Number.isNaN(value));
    const data = Float32Array.from(numbers);
    await writeSafetensors(file, { x: { shape: [data.length], data, type: 'F16' } });
    expect((await readTensor(file, 'x')).data).toEqual(data);
  });

  it('rounds to nearest, ties to even', () => {
    expect(fromHalf(toHalf(1 + 2 ** -11))).toBe(1);
    expect(fromHalf(toHalf(1 + 3 * 2 ** -11))).toBe(1 + 2 ** -9);
    expect(fromHalf(toHalf(65_519))).toBe(65_504);
    expect(fromHalf(toHalf(65_520))).toBe(Number.POSITIVE_INFINITY);
  });
});

describe('a whole file', () => {
  it('leaves the old content, and nothing else, when writing fails', async () => {
    const file = join(folder, 'result.json');
    await writeFileWhole(file, 'old');
    await expect(writeFileWhole(join(folder, 'no', 'such', 'folder'), 'new')).rejects.toMatchObject({
      code: 'FILE_NOT_WRITTEN',
    });
    await expect(writeFileWhole(folder, 'new')).rejects.toMatchObject({ code: 'FILE_NOT_WRITTEN' });
    expect(readFileSync(file, 'utf8')).toBe('old');
    expect(readdirSync(folder)).toEqual(['result.json']);
  });
});
