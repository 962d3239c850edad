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
import { fromHalf } from './half.js';

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

/** Reads one block from `view` at `at` into `values`, which begins where the block does. */
type DecodeBlock = (view: DataView, at: number, values: Float32Array) => void;

const halfAt = (view: DataView, at: number): number => fromHalf(view.getUint16(at, true));

const decoders: Readonly<Record<BlockType, DecodeBlock>> = {
  Q8_0(view, at, values) {
    const scale = halfAt(view, at);
    for (let i = 0; i < 32; i += 1) values[i] = scale * view.getInt8(at + 2 + i);
  },
  Q4_0(view, at, values) {
    const scale = halfAt(view, at);
    for (let i = 0; i < 16; i += 1) {
      const pair = view.getUint8(at + 2 + i);
      values[i] = scale * ((pair & 15) - 8);
      values[i + 16] = scale * ((pair >> 4) - 8);
    }
  },
  Q4_1(view, at, values) {
    const scale = halfAt(view, at);
    const least = halfAt(view, at + 2);
    for (let i = 0; i < 16; i += 1) {
      const pair = view.getUint8(at + 4 + i);
      values[i] = scale * (pair & 15) + least;
      values[i + 16] = scale * (pair >> 4) + least;
    }
  },
  Q5_0(view, at, values) {
    const scale = halfAt(view, at);
    const fifthBits = view.getUint32(at + 2, true);
    for (let i = 0; i < 16; i += 1) {
      const pair = view.getUint8(at + 6 + i);
      const low = (pair & 15) | (((fifthBits >>> i) & 1) << 4);
      const high = (pair >> 4) | (((fifthBits >>> (i + 16)) & 1) << 4);
      values[i] = scale * (low - 16);
      values[i + 16] = scale * (high - 16);
    }
  },
  Q4_K(view, at, values) {
    const scale = halfAt(view, at);
    const least = halfAt(view, at + 2);
    for (let group = 0; group < 8; group += 1) {
      const { factor, minimum } = sixBits(view, at + 4, group);
      const groupScale = scale * factor;
      const groupLeast = least * minimum;
      // Two groups share 32 bytes: the even one has the low halves.
      const bytes = at + 16 + 32 * (group >> 1);
      const shift = 4 * (group & 1);
      for (let i = 0; i < 32; i += 1) {
        values[32 * group + i] = groupScale * ((view.getUint8(bytes + i) >> shift) & 15) - groupLeast;
      }
    }
  },
  Q6_K(view, at, values) {
    const scale = halfAt(view, at + 208);
    for (let i = 0; i < 256; i += 1) {
      // Each half of the block has four quarters of 32: low bits in two bytes' two halves, high bits in one byte's four.
      const [half, quarter, place] = [i >> 7, (i >> 5) & 3, i & 31];
      const low = (view.getUint8(at + 64 * half + 32 * (quarter & 1) + place) >> (4 * (quarter >> 1))) & 15;
      const high = (view.getUint8(at + 128 + 32 * half + place) >> (2 * quarter)) & 3;
      values[i] = scale * view.getInt8(at + 192 + (i >> 4)) * ((low | (high << 4)) - 32);
    }
  },
};

/**
 * The 6-bit scale and minimum of a group, of the eight that share 12 bytes: groups 0 to 3 have bytes 0 to 3 (scales) and
 * 4 to 7 (minima); groups 4 to 7 have the halves of bytes 8 to 11, and the upper two bits of the bytes before.
 */
function sixBits(view: DataView, at: number, group: number): { factor: number; minimum: number } {
  const byte = (index: number): number => view.getUint8(at + index);
  if (group < 4) return { factor: byte(group) & 63, minimum: byte(group + 4) & 63 };
  const both = byte(group + 4);
  return {
    factor: (both & 15) | ((byte(group - 4) >> 6) << 4),
    minimum: (both >> 4) | ((byte(group) >> 6) << 4),
  };
}

/** Whole blocks to their values in single precision. */
export function decodeBlocks(type: BlockType, bytes: Uint8Array): Float32Array {
  const size = blockSizes[type];
  const decode = decoders[type];
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const count = bytes.byteLength / size.bytes;
  const values = new Float32Array(count * size.values);
  for (let block = 0; block < count; block += 1) {
    const begin = block * size.values;
    decode(view, block * size.bytes, values.subarray(begin, begin + size.values));
  }
  return values;
}
