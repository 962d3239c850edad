import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Leaf } from '@interfuse/core';
import { afterAll, describe, expect, it } from 'vitest';
import {
  blockSize,
  fits,
  type HeldValues,
  heldBytes,
  holdLeaf,
  LeafFiles,
  type ReducedPrecision,
  readHeldLeaf,
  type StoredLeaf,
  widen,
  writeSafetensors,
} from './index.js';

const folder = mkdtempSync(join(tmpdir(), 'interfuse-held-'));
afterAll(() => rmSync(folder, { recursive: true }));

const waves = (size: number): Float32Array =>
  Float32Array.from({ length: size }, (_, i) => Math.sin(1.7 * i) * (1 + (i % 7)));

const leafOf = (shape: readonly number[]): Leaf => ({ shape, start: { kind: 'constant', value: 0 }, train: false });

const hold = (precision: ReducedPrecision, shape: readonly number[], values: Float32Array): HeldValues =>
  holdLeaf('weight', leafOf(shape), precision, values);

const bytesOf = (data: ArrayBufferView): Buffer => Buffer.from(data.buffer, data.byteOffset, data.byteLength);

/** Largest error of each block, in units of its largest magnitude. */
function errors(values: Float32Array, held: HeldValues): number[] {
  const widened = widen(held);
  return Array.from({ length: values.length / blockSize }, (_, block) => {
    const range = Array.from({ length: blockSize }, (_, i) => block * blockSize + i);
    const error = Math.max(...range.map((i) => Math.abs((values[i] as number) - (widened[i] as number))));
    return error / Math.max(...range.map((i) => Math.abs(values[i] as number)));
  });
}

describe('values in fewer bits', () => {
  it.each([
    // Half of a step: 2^-11 of the value itself in half precision, 1/127 and 1/8 of the largest in a block.
    ['float16', 2 ** -11],
    ['int8', 0.5 / 127],
    // A value of the other sign than the largest may lie at 8 steps, where the numbers end at 7.
    ['int4', 1 / 8],
  ] as const)('of %s are off by no more than their step allows', (precision, bound) => {
    const values = waves(6 * 64);
    for (const error of errors(values, hold(precision, [6, 64], values))) {
      expect(error).toBeGreaterThan(0);
      expect(error).toBeLessThanOrEqual(bound * (1 + 1e-6));
    }
  });

  it('keep the largest of a block: exactly in 4 bits, where it is the eighth step', () => {
    const values = new Float32Array(2 * blockSize).fill(0.5);
    values[3] = -2;
    values[blockSize + 5] = 4;
    const widened = widen(hold('int4', [2, blockSize], values));
    expect([widened[3], widened[blockSize + 5]]).toEqual([-2, 4]);
    expect([widened[0], widened[blockSize]]).toEqual([0.5, 0.5]);
  });

  it('of zeros, and of what is next to nothing, are zeros', () => {
    const values = new Float32Array(2 * blockSize);
    values[1] = 1e-44;
    for (const precision of ['int8', 'int4'] as const) {
      expect(widen(hold(precision, [2, blockSize], values))).toEqual(new Float32Array(2 * blockSize));
    }
  });

  it('take the bytes that are counted', () => {
    for (const precision of ['float16', 'int8', 'int4'] as const) {
      const held = hold(precision, [4, 64], waves(256));
      const scales = 'scales' in held ? held.scales.byteLength : 0;
      expect(held.values.byteLength + scales).toBe(heldBytes(precision, 256));
    }
  });

  it('need whole blocks, and 4 bits pairs of rows', () => {
    expect(fits('int8', [3, 64])).toBe(true);
    expect(fits('int4', [3, 64])).toBe(false);
    expect(fits('int8', [4, 48])).toBe(false);
    expect(fits('int8', [64])).toBe(false);
    expect(fits('float16', [3])).toBe(true);
    expect(() => hold('int4', [3, 64], waves(192))).toThrowError(
      expect.objectContaining({ code: 'SHAPE_MISMATCH', got: '[3, 64]' }),
    );
  });

  it('must be numbers, and within half precision for float16', () => {
    for (const [precision, value, code] of [
      ['int8', Number.NaN, 'WEIGHTS_NOT_FINITE'],
      ['int4', Number.POSITIVE_INFINITY, 'WEIGHTS_NOT_FINITE'],
      ['float16', 70_000, 'SAFETENSORS_TENSOR'],
    ] as const) {
      const values = waves(128);
      values[70] = value;
      expect(() => hold(precision, [2, 64], values)).toThrowError(
        expect.objectContaining({ code, got: `${value} at position 70` }),
      );
    }
  });
});

describe('a stored leaf in fewer bits', () => {
  it.each(['float16', 'int8', 'int4'] as const)('is read in pieces, to the same %s', async (precision) => {
    const [rows, columns] = [1_100, 1_024]; // more than one piece
    const data = waves(rows * columns);
    const file = join(folder, `${precision}.safetensors`);
    await writeSafetensors(file, { weight: { shape: [rows, columns], data } });
    const leaf = { ...leafOf([rows, columns]), start: { kind: 'stored', file, tensor: 'weight' } } as StoredLeaf;
    const files = new LeafFiles();
    try {
      const held = await readHeldLeaf('weight', leaf, precision, await files.open(leaf));
      const whole = hold(precision, [rows, columns], data);
      expect(bytesOf(held.values).equals(bytesOf(whole.values))).toBe(true);
      if ('scales' in held && 'scales' in whole) expect(bytesOf(held.scales).equals(bytesOf(whole.scales))).toBe(true);
    } finally {
      await files.close();
    }
  });

  it('is read from its rows, where the file joins it with others', async () => {
    const [of, first, rows, columns] = [8, 2, 4, 64];
    const data = waves(of * columns);
    const file = join(folder, 'joined.safetensors');
    await writeSafetensors(file, { joined: { shape: [of, columns], data } });
    const start = { kind: 'stored', file, tensor: 'joined', rows: { first, of } } as const;
    const leaf: StoredLeaf = { ...leafOf([rows, columns]), start };
    const files = new LeafFiles();
    try {
      const held = await readHeldLeaf('weight', leaf, 'int8', await files.open(leaf));
      expect(held).toEqual(hold('int8', [rows, columns], data.slice(first * columns, (first + rows) * columns)));
    } finally {
      await files.close();
    }
  });

  it('has its blocks along its own rows, also where the file holds the transpose', async () => {
    const [rows, columns] = [6, 64];
    const data = waves(rows * columns);
    const transposed = data.map((_, i) => data[(i % rows) * columns + Math.floor(i / rows)] as number);
    const file = join(folder, 'transposed.safetensors');
    await writeSafetensors(file, { weight: { shape: [columns, rows], data: transposed } });
    const start = { kind: 'stored', file, tensor: 'weight', transposed: true } as const;
    const leaf: StoredLeaf = { ...leafOf([rows, columns]), start };
    const files = new LeafFiles();
    try {
      const held = await readHeldLeaf('weight', leaf, 'int8', await files.open(leaf));
      expect(held).toEqual(hold('int8', [rows, columns], data));
    } finally {
      await files.close();
    }
  });
});
