/**
 * The block formats of GGUF: a row of weights is cut into blocks, each of them small integers with a scale of its own.
 *
 * The layouts are those of llama.cpp (github.com/ggml-org/ggml, `ggml-common.h`); d and m are halves, all is little endian:
 *
 * - `Q8_0`, 32 values: d, 32 signed bytes q; a value is d q.
 * - `Q4_0`, 32 values: d, 16 bytes; low halves are values 0 to 15, high halves 16 to 31; a value is d (q - 8).
 * - `Q4_1`: d, m, then as `Q4_0`; a value is d q + m.
 * - `Q5_0`: d, 32 fifth bits of q, then as `Q4_0`; a value is d (q - 16).
 * - `Q4_K`, 256 values in 8 groups: d, m, 12 bytes with a 6-bit scale s and minimum l for each group, 128 bytes; a value
 *   is d s q - m l.
 * - `Q6_K`, 256 values in 16 groups: 128 bytes of low and 64 of high bits, 16 signed bytes of scales s, d; a value is
 *   d s (q - 32).
 */
import type { BlockType } from '@interfuse/core';
import { halfValues } from './half.js';

/** How many values a block holds in how many bytes. */
export const blockSizes: Readonly<Record<BlockType, { readonly values: number; readonly bytes: number }>> = {
  Q4_0: { values: 32, bytes: 18 },
  Q4_1: { values: 32, bytes: 20 },
  Q5_0: { values: 32, bytes: 22 },
  Q8_0: { values: 32, bytes: 34 },
  Q4_K: { values: 256, bytes: 144 },
  Q6_K: { values: 256, bytes: 210 },
};

export function isBlockType(type: string): type is BlockType {
  return Object.hasOwn(blockSizes, type);
}

/** Reads the block at byte `at` into the values from `first` on. Tables and loops are plain: a model has billions of values. */
type DecodeBlock = (bytes: Uint8Array, at: number, values: Float32Array, first: number, halves: Float32Array) => void;

const halfAt = (halves: Float32Array, bytes: Uint8Array, at: number): number =>
  halves[(bytes[at] as number) | ((bytes[at + 1] as number) << 8)] as number;

/** A byte from -128 to 127. */
const signed = (byte: number): number => (byte << 24) >> 24;

const decoders: Readonly<Record<BlockType, DecodeBlock>> = {
  Q8_0(bytes, at, values, first, halves) {
    const scale = halfAt(halves, bytes, at);
    for (let i = 0; i < 32; i += 1) values[first + i] = scale * signed(bytes[at + 2 + i] as number);
  },
  Q4_0(bytes, at, values, first, halves) {
    const scale = halfAt(halves, bytes, at);
    for (let i = 0; i < 16; i += 1) {
      const pair = bytes[at + 2 + i] as number;
      values[first + i] = scale * ((pair & 15) - 8);
      values[first + i + 16] = scale * ((pair >> 4) - 8);
    }
  },
  Q4_1(bytes, at, values, first, halves) {
    const scale = halfAt(halves, bytes, at);
    const least = halfAt(halves, bytes, at + 2);
    for (let i = 0; i < 16; i += 1) {
      const pair = bytes[at + 4 + i] as number;
      values[first + i] = scale * (pair & 15) + least;
      values[first + i + 16] = scale * (pair >> 4) + least;
    }
  },
  Q5_0(bytes, at, values, first, halves) {
    const scale = halfAt(halves, bytes, at);
    for (let i = 0; i < 16; i += 1) {
      const pair = bytes[at + 6 + i] as number;
      // The fifth bit of value i is bit i of four bytes.
      const low = (bytes[at + 2 + (i >> 3)] as number) >> (i & 7);
      const high = (bytes[at + 4 + (i >> 3)] as number) >> (i & 7);
      values[first + i] = scale * (((pair & 15) | ((low & 1) << 4)) - 16);
      values[first + i + 16] = scale * (((pair >> 4) | ((high & 1) << 4)) - 16);
    }
  },
  Q4_K(bytes, at, values, first, halves) {
    const scale = halfAt(halves, bytes, at);
    const least = halfAt(halves, bytes, at + 2);
    for (let group = 0; group < 8; group += 1) {
      const groupScale = scale * groupFactor(bytes, at + 4, group);
      const groupLeast = least * groupMinimum(bytes, at + 4, group);
      // Two groups share 32 bytes: the even one has the low halves.
      const source = at + 16 + 32 * (group >> 1);
      const shift = 4 * (group & 1);
      const target = first + 32 * group;
      for (let i = 0; i < 32; i += 1) {
        values[target + i] = groupScale * (((bytes[source + i] as number) >> shift) & 15) - groupLeast;
      }
    }
  },
  Q6_K(bytes, at, values, first, halves) {
    const scale = halfAt(halves, bytes, at + 208);
    for (let group = 0; group < 16; group += 1) {
      const groupScale = scale * signed(bytes[at + 192 + group] as number);
      // A group is half a quarter of one of the block's halves. A half has its low bits in the two halves of 64 bytes, the
      // high ones in the four pairs of bits of 32 bytes.
      const half = group >> 3;
      const quarter = (group >> 1) & 3;
      const low = at + 64 * half + 32 * (quarter & 1) + 16 * (group & 1);
      const high = at + 128 + 32 * half + 16 * (group & 1);
      const lowShift = 4 * (quarter >> 1);
      const highShift = 2 * quarter;
      const target = first + 16 * group;
      for (let i = 0; i < 16; i += 1) {
        const lowBits = ((bytes[low + i] as number) >> lowShift) & 15;
        const highBits = ((bytes[high + i] as number) >> highShift) & 3;
        values[target + i] = groupScale * ((lowBits | (highBits << 4)) - 32);
      }
    }
  },
};

/**
 * The 6-bit scale of a group, of the eight that share 12 bytes with as many minima: groups 0 to 3 have bytes 0 to 3
 * (scales) and 4 to 7 (minima); groups 4 to 7 have the halves of bytes 8 to 11, and the upper two bits of the bytes before.
 */
function groupFactor(bytes: Uint8Array, at: number, group: number): number {
  if (group < 4) return (bytes[at + group] as number) & 63;
  return ((bytes[at + group + 4] as number) & 15) | (((bytes[at + group - 4] as number) >> 6) << 4);
}

function groupMinimum(bytes: Uint8Array, at: number, group: number): number {
  if (group < 4) return (bytes[at + group + 4] as number) & 63;
  return ((bytes[at + group + 4] as number) >> 4) | (((bytes[at + group] as number) >> 6) << 4);
}

/** Whole blocks to their values in single precision. */
export function decodeBlocks(type: BlockType, bytes: Uint8Array): Float32Array {
  const size = blockSizes[type];
  const decode = decoders[type];
  const halves = halfValues();
  const count = bytes.byteLength / size.bytes;
  const values = new Float32Array(count * size.values);
  for (let block = 0; block < count; block += 1) {
    decode(bytes, block * size.bytes, values, block * size.values, halves);
  }
  return values;
}
