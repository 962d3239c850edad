import { describe, expect, it } from 'vitest';
import { bytesOf } from '../../test/pickle-writer.js';
import { ByteRange } from '../bytes/byte-range.js';
import { packedArray } from './packed-array.js';
import { arrayOf, type NumberArray, readNumbers } from './stored-array.js';

const shape = [7, 2, 3];
const count = 42;
/** Items that say where they stand in C order. */
const inOrder = Array.from({ length: count }, (_, i) => i);

/** An array whose item at C position i lies at `positions[i]`. */
function arranged(strides: readonly number[], mostGathered?: number): NumberArray {
  const items = new Float64Array(count);
  for (const i of inOrder) {
    const [a, b, c] = [Math.floor(i / 6), Math.floor(i / 3) % 2, i % 3];
    items[a * (strides[0] as number) + b * (strides[1] as number) + c * (strides[2] as number)] = i;
  }
  const data = ByteRange.of('test', bytesOf(items));
  const type = { kind: 'f', size: 8, bigEndian: false } as const;
  return packedArray({ place: 'test', type, shape, strides, data }, mostGathered) as NumberArray;
}

describe('an array of packed items', () => {
  it.each([
    ['C', [6, 3, 1]],
    ['Fortran', [1, 7, 14]],
    ['another', [3, 21, 1]],
  ])('in %s order gives its items in C order, however many at a time', async (_order, strides) => {
    for (const atOnce of [1, 2, 7, 100]) {
      const values: number[] = [];
      for await (const block of arranged(strides).blocks(atOnce)) {
        expect(block.length).toBeLessThanOrEqual(6 * atOnce);
        values.push(...block);
      }
      expect(values).toEqual(inOrder);
    }
  });

  it('in Fortran order is read feature by feature where it is too large to be in memory', async () => {
    // 48 bytes a sample: two, three, and all but one at a time.
    for (const limit of [96, 150, 300]) {
      expect([...(await readNumbers(arranged([1, 7, 14], limit)))]).toEqual(inOrder);
      const blocks = [...(arranged([1, 7, 14], limit).blocks(2) as Iterable<Float64Array>)];
      expect(blocks.every(({ length }) => length <= 12)).toBe(true);
      expect(blocks.flatMap((block) => [...block])).toEqual(inOrder);
    }
  });

  it('in another order is refused where it is too large to be in memory', async () => {
    await expect(readNumbers(arranged([3, 21, 1], 96))).rejects.toMatchObject({ code: 'IMPORT_INVALID' });
  });
});

it('numbers in memory are read some samples at a time', async () => {
  const array = arrayOf('test', [3, 2], Float32Array.of(1, 2, 3, 4, 5, 6));
  expect([...(array.blocks(2) as Iterable<Float32Array>)].map((block) => [...block])).toEqual([
    [1, 2, 3, 4],
    [5, 6],
  ]);
});
