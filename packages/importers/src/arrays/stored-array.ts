/** Arrays that lie in a file: numbers are read some samples at a time, the first axis being that of the samples. */
import { InterfuseError } from '@interfuse/core';
import type { Numbers } from './decode.js';

export interface NumberArray {
  readonly kind: 'numbers';
  /** Where errors say that it is. */
  readonly place: string;
  readonly shape: readonly number[];
  /** All samples in their order, at most `count` at a time: [count, ...rest of the shape], packed. */
  blocks(count: number): AsyncIterable<Numbers> | Iterable<Numbers>;
}

export interface TextArray {
  readonly kind: 'texts';
  readonly place: string;
  readonly shape: readonly number[];
  texts(): Promise<string[]>;
}

/** Sequences of samples, each an array of its own: [steps, width], with as many steps as it has. */
export interface RaggedArray {
  readonly kind: 'ragged';
  readonly place: string;
  readonly samples: readonly NumberArray[];
}

export type StoredArray = NumberArray | TextArray | RaggedArray;

/** Numbers read at a time: 4 MB of float32. */
const numbersAtOnce = 1 << 20;
/** An array that is read as a whole has no more numbers than this. */
const mostAtOnce = 1 << 25;

/** How many samples make a block of a good size. */
export function samplesAtOnce(shape: readonly number[]): number {
  const each = shape.slice(1).reduce((product, extent) => product * extent, 1);
  return Math.max(1, Math.floor(numbersAtOnce / Math.max(1, each)));
}

export function countOf(shape: readonly number[]): number {
  return shape.reduce((product, extent) => product * extent, 1);
}

/** All numbers of a small array: labels, lengths, masks. @throws IMPORT_INVALID if it is not small */
export async function readNumbers(array: NumberArray): Promise<Float64Array> {
  const count = countOf(array.shape);
  if (count > mostAtOnce) {
    throw invalidImport(array.place, `at most ${mostAtOnce} numbers`, `[${array.shape.join(', ')}]`);
  }
  const values = new Float64Array(count);
  let filled = 0;
  for await (const block of array.blocks(samplesAtOnce(array.shape))) {
    values.set(block, filled);
    filled += block.length;
  }
  return values;
}

/** Numbers that are in memory, as an array. */
export function arrayOf(place: string, shape: readonly number[], values: Numbers): NumberArray {
  const each = shape.slice(1).reduce((product, extent) => product * extent, 1);
  return {
    kind: 'numbers',
    place,
    shape,
    *blocks(count) {
      for (let first = 0; first < (shape[0] ?? 0); first += count) {
        yield values.slice(first * each, (first + count) * each) as Numbers;
      }
    },
  };
}

export function invalidImport(place: string, expected: string, got: string, remedy?: string): InterfuseError {
  return new InterfuseError('IMPORT_INVALID', { place, expected, got, ...(remedy === undefined ? {} : { remedy }) });
}
