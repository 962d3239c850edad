/** Packed items of NumPy arrays to numbers and texts, of either byte order. */
import { fromHalf } from '@interfuse/safetensors';

/** Floats of up to four bytes lose nothing as float32; everything else is held as float64. */
export type Numbers = Float32Array | Float64Array;

export interface ItemType {
  readonly kind: 'b' | 'i' | 'u' | 'f' | 'U' | 'S';
  /** Bytes of one item. */
  readonly size: number;
  readonly bigEndian: boolean;
}

export function isText({ kind }: { readonly kind: string }): boolean {
  return kind === 'U' || kind === 'S';
}

/** The numbers that the bytes hold. Bytes may be turned around in place. */
export function decodeNumbers({ kind, size, bigEndian }: ItemType, bytes: Uint8Array): Numbers {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bigEndian) swap(buffer, size);
  const count = bytes.byteLength / size;
  if (kind === 'f' && (size === 4 || size === 8)) {
    const aligned = bytes.byteOffset % size === 0 ? bytes : bytes.slice();
    const Floats = size === 4 ? Float32Array : Float64Array;
    return new Floats(aligned.buffer as ArrayBuffer, aligned.byteOffset, count);
  }
  if (kind === 'f') {
    const halves = new Float32Array(count);
    for (let i = 0; i < count; i += 1) halves[i] = fromHalf(buffer.readUInt16LE(2 * i));
    return halves;
  }
  const values = new Float64Array(count);
  for (let i = 0; i < count; i += 1) values[i] = integerAt(buffer, i * size, size, kind === 'i');
  return values;
}

function integerAt(buffer: Buffer, at: number, size: number, isSigned: boolean): number {
  switch (size) {
    case 1:
      return isSigned ? buffer.readInt8(at) : buffer.readUInt8(at);
    case 2:
      return isSigned ? buffer.readInt16LE(at) : buffer.readUInt16LE(at);
    case 4:
      return isSigned ? buffer.readInt32LE(at) : buffer.readUInt32LE(at);
    default:
      return Number(isSigned ? buffer.readBigInt64LE(at) : buffer.readBigUInt64LE(at));
  }
}

/** Texts are padded with zeros at the end. */
export function decodeTexts({ kind, size, bigEndian }: ItemType, bytes: Uint8Array): string[] {
  if (size === 0) return [];
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (kind === 'U' && bigEndian) swap(buffer, 4);
  return Array.from({ length: bytes.byteLength / size }, (_, item) => {
    const part = buffer.subarray(item * size, (item + 1) * size);
    return kind === 'U' ? decodeUtf32(part) : part.toString('utf8').replace(/\0+$/, '');
  });
}

function decodeUtf32(bytes: Buffer): string {
  const codes: number[] = [];
  for (let at = 0; at < bytes.length; at += 4) {
    const code = bytes.readUInt32LE(at);
    codes.push(code > 0x10ffff ? 0xfffd : code);
  }
  while (codes.at(-1) === 0) codes.pop();
  let text = '';
  for (const code of codes) text += String.fromCodePoint(code);
  return text;
}

function swap(buffer: Buffer, size: number): void {
  if (size === 2) buffer.swap16();
  if (size === 4) buffer.swap32();
  if (size === 8) buffer.swap64();
}
