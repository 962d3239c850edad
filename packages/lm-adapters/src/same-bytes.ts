/** Whether two tensors may be the same, without reading them whole. */
import { closeSync, openSync, readSync } from 'node:fs';
import type { FoundTensor } from './checkpoint.js';

/** Two weights that were trained apart differ in any few thousand bytes. */
const sample = 4096;

/** False if shapes differ or bytes at the beginning, in the middle or at the end; true where types cannot be compared. */
export function mayBeSame(a: FoundTensor, b: FoundTensor): boolean {
  if (String(a.shape) !== String(b.shape)) return false;
  if (a.type !== b.type) return true;
  const length = Math.min(sample, a.end - a.begin);
  const places = [0, Math.floor((a.end - a.begin - length) / 2), a.end - a.begin - length];
  return places.every((place) => bytesOf(a, place, length).equals(bytesOf(b, place, length)));
}

function bytesOf({ start, begin }: FoundTensor, place: number, length: number): Buffer {
  const descriptor = openSync(start.file, 'r');
  try {
    const bytes = Buffer.alloc(length);
    readSync(descriptor, bytes, 0, length, begin + place);
    return bytes;
  } finally {
    closeSync(descriptor);
  }
}
