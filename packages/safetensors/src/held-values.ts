/**
 * Weights in fewer bits: half precision, or whole numbers of 8 or 4 bits in blocks of 32, each block with a scale of its own.
 *
 * 8 bits: q = round(w / s) with s = max |w| / 127 (Dettmers et al. 2022, arXiv 2110.02861, without their code book).
 * 4 bits: s is the value of largest magnitude over -8, so that all 16 numbers from -8 s to 7 s are used (ggml's Q4_0).
 */
import type { Precision } from '@interfuse/core';
import { fromHalf, toHalf } from './half.js';

/** Weights that share a scale: so many side by side in a row. */
export const blockSize = 32;

export type HeldValues =
  | { readonly precision: 'float16'; readonly values: Uint16Array }
  | { readonly precision: 'int8'; readonly values: Int8Array; readonly scales: Float32Array }
  /** Entry i in the low half of byte i; the second half of all entries lies in the high halves. */
  | { readonly precision: 'int4'; readonly values: Uint8Array; readonly scales: Float32Array };

/** The precisions of which values of single precision have to be made. */
export type ReducedPrecision = HeldValues['precision'];

/** Bytes that a matrix of so many entries takes. */
export function heldBytes(precision: Precision, size: number): number {
  return size * { float32: 4, float16: 2, int8: 1 + 4 / blockSize, int4: 0.5 + 4 / blockSize }[precision];
}

/** Whether leaves of this shape can be held so: whole blocks need matrices of as many columns, and 4 bits pairs of rows. */
export function fits(precision: Precision, shape: readonly number[]): boolean {
  if (precision === 'float32' || precision === 'float16') return true;
  const [rows = 0, columns = 0, ...rest] = shape;
  const isMatrix = rest.length === 0 && rows > 0 && columns > 0;
  return isMatrix && columns % blockSize === 0 && (precision === 'int8' || rows % 2 === 0);
}

/** Zeros. */
export function reserve(precision: ReducedPrecision, size: number): HeldValues {
  if (precision === 'float16') return { precision, values: new Uint16Array(size) };
  const scales = new Float32Array(size / blockSize);
  return precision === 'int8'
    ? { precision, values: new Int8Array(size), scales }
    : { precision, values: new Uint8Array(size / 2), scales };
}

/**
 * Fills in values from entry `first` on, whole blocks of them.
 *
 * @returns the position of a value that cannot be held (not finite, or beyond half precision), counted from `first`
 */
export function fill(held: HeldValues, first: number, values: Float32Array): number | undefined {
  if (held.precision === 'float16') return fillHalves(held.values, first, values);
  const quantise = held.precision === 'int8' ? quantise8 : quantise4;
  for (let start = 0; start < values.length; start += blockSize) {
    const scale = quantise(held.values, first + start, values, start);
    if (!Number.isFinite(scale)) return values.findIndex((value) => !Number.isFinite(value));
    held.scales[(first + start) / blockSize] = scale;
  }
  return undefined;
}

/** The values that are computed with. */
export function widen(held: HeldValues): Float32Array {
  switch (held.precision) {
    case 'float16':
      return Float32Array.from(held.values, fromHalf);
    case 'int8':
      return Float32Array.from(held.values, (q, i) => q * scaleAt(held.scales, i));
    case 'int4': {
      const half = held.values.length;
      return Float32Array.from({ length: 2 * half }, (_, i) => {
        const pair = held.values[i % half] as number;
        return ((i < half ? pair & 15 : pair >> 4) - 8) * scaleAt(held.scales, i);
      });
    }
  }
}

function scaleAt(scales: Float32Array, index: number): number {
  return scales[Math.floor(index / blockSize)] as number;
}

function fillHalves(halves: Uint16Array, first: number, values: Float32Array): number | undefined {
  for (let i = 0; i < values.length; i += 1) {
    const half = toHalf(values[i] as number);
    if ((half & 0x7c00) === 0x7c00) return i;
    halves[first + i] = half;
  }
  return undefined;
}

/** The entry of largest magnitude in the block that begins at `start`; NaN if one is. */
function extreme(values: Float32Array, start: number): number {
  let found = 0;
  for (let i = start; i < start + blockSize; i += 1) {
    const value = values[i] as number;
    if (!(Math.abs(value) <= Math.abs(found))) found = value;
    if (Number.isNaN(value)) return value;
  }
  return found;
}

/** Below the normal numbers of single precision a scale has few digits: such a block is zero. */
function scaleOf(exact: number): number {
  return Math.abs(exact) < 2 ** -126 ? 0 : Math.fround(exact);
}

/** One block; returns its scale. */
function quantise8(entries: Int8Array | Uint8Array, first: number, values: Float32Array, start: number): number {
  const scale = scaleOf(Math.abs(extreme(values, start)) / 127);
  const inverse = scale === 0 ? 0 : 1 / scale;
  for (let i = 0; i < blockSize; i += 1) entries[first + i] = Math.round((values[start + i] as number) * inverse);
  return scale;
}

/** One block; returns its scale. */
function quantise4(pairs: Int8Array | Uint8Array, first: number, values: Float32Array, start: number): number {
  const scale = scaleOf(extreme(values, start) / -8);
  const inverse = scale === 0 ? 0 : 1 / scale;
  const isHigh = first >= pairs.length;
  const begin = isHigh ? first - pairs.length : first;
  for (let i = 0; i < blockSize; i += 1) {
    const q = Math.min(15, Math.round((values[start + i] as number) * inverse) + 8);
    const other = pairs[begin + i] as number;
    pairs[begin + i] = isHigh ? (other & 0x0f) | (q << 4) : (other & 0xf0) | q;
  }
  return scale;
}
