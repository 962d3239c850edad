/** The data types of safetensors: their sizes, and how each becomes a typed array of JavaScript. */
import type { BlockType } from '@interfuse/core';
import { decodeBlocks, isBlockType } from './blocks.js';
import { halfValues, toHalf } from './half.js';

export const dataTypeBytes = {
  F64: 8,
  F32: 4,
  F16: 2,
  BF16: 2,
  I64: 8,
  U64: 8,
  I32: 4,
  U32: 4,
  I16: 2,
  U16: 2,
  I8: 1,
  U8: 1,
  BOOL: 1,
} as const;

export type StoredType = keyof typeof dataTypeBytes;

/** What the values of a leaf may be encoded as: a type of safetensors, or blocks of GGUF. */
export type EncodedType = StoredType | BlockType;

export type TensorData = Float32Array | Int32Array | Uint8Array;

/** The buffer of bytes that fill it, or else a copy of them. */
function wholeBuffer(bytes: Uint8Array): ArrayBufferLike {
  return bytes.byteLength === bytes.buffer.byteLength ? bytes.buffer : bytes.slice().buffer;
}

/**
 * Bytes as they lie in the file (little endian) to a typed array. Floats of any width become float32, integers int32;
 * returns the position of an integer that does not fit instead. The array may share the memory of the bytes.
 */
export function decode(type: EncodedType, bytes: Uint8Array): { data: TensorData } | { overflowAt: number } {
  if (isBlockType(type)) return { data: decodeBlocks(type, bytes) };
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const count = bytes.byteLength / dataTypeBytes[type];
  switch (type) {
    case 'F32':
      return { data: new Float32Array(wholeBuffer(bytes)) };
    case 'I32':
      return { data: new Int32Array(wholeBuffer(bytes)) };
    case 'U8':
    case 'BOOL':
      return { data: bytes.slice() };
    case 'F64':
      return { data: Float32Array.from({ length: count }, (_, i) => view.getFloat64(8 * i, true)) };
    case 'F16': {
      const halves = halfValues();
      const words = new Uint16Array(wholeBuffer(bytes));
      const data = new Float32Array(count);
      for (let i = 0; i < count; i += 1) data[i] = halves[words[i] as number] as number;
      return { data };
    }
    case 'BF16': {
      const words = new Uint32Array(count);
      for (let i = 0; i < count; i += 1) words[i] = view.getUint16(2 * i, true) << 16;
      return { data: new Float32Array(words.buffer) };
    }
    case 'I16':
      return { data: Int32Array.from({ length: count }, (_, i) => view.getInt16(2 * i, true)) };
    case 'U16':
      return { data: Int32Array.from({ length: count }, (_, i) => view.getUint16(2 * i, true)) };
    case 'I8':
      return { data: Int32Array.from({ length: count }, (_, i) => view.getInt8(i)) };
    case 'U32':
      return narrowed(count, (i) => BigInt(view.getUint32(4 * i, true)));
    case 'U64':
      return narrowed(count, (i) => view.getBigUint64(8 * i, true));
    case 'I64':
      return narrowed(count, (i) => view.getBigInt64(8 * i, true));
  }
}

function narrowed(count: number, at: (i: number) => bigint): { data: Int32Array } | { overflowAt: number } {
  const data = new Int32Array(count);
  for (let i = 0; i < count; i += 1) {
    const value = at(i);
    if (BigInt.asIntN(32, value) !== value) return { overflowAt: i };
    data[i] = Number(value);
  }
  return { data };
}

/** A typed array to the bytes of a file. Float32Array may be narrowed to F16. */
export function encode(data: TensorData, type: StoredType): Uint8Array {
  if (type === 'F16') {
    const halves = new Uint16Array(data.length);
    for (let i = 0; i < data.length; i += 1) halves[i] = toHalf(data[i] as number);
    return new Uint8Array(halves.buffer);
  }
  return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
}
