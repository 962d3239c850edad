/** A part of a source that is read later: as it lies there, or as Latin-1 characters that were encoded as UTF-8. */
import { InterfuseError } from '@interfuse/core';
import { type ByteSource, inMemory } from './byte-source.js';

/** Protocol 2 of pickle has no bytes: it writes them as a text of Latin-1 characters, and texts as UTF-8. */
export type RangeEncoding = 'raw' | 'latin1-as-utf8';

export class ByteRange {
  constructor(
    readonly source: ByteSource,
    readonly offset: number,
    /** As it lies in the source, in bytes. */
    readonly length: number,
    readonly encoding: RangeEncoding = 'raw',
  ) {}

  static of(name: string, bytes: Uint8Array): ByteRange {
    return new ByteRange(inMemory(name, bytes), 0, bytes.length);
  }

  /** Where errors say that they are. */
  get place(): string {
    return `${this.source.name}: byte ${this.offset}`;
  }
}

/** Bytes read in their order, as many at a time as are asked for. */
export interface SequentialBytes {
  /** Fills the target. @throws IMPORT_INVALID if there are not as many bytes */
  read(target: Uint8Array): void;
  /** @throws IMPORT_INVALID if there are bytes left */
  end(): void;
}

export function readInOrder(range: ByteRange): SequentialBytes {
  return range.encoding === 'raw' ? readRaw(range) : readLatin1(range);
}

function readRaw({ source, offset, length, place }: ByteRange): SequentialBytes {
  let position = 0;
  return {
    read(target) {
      if (position + target.length > length) throw tooShort(place, position + target.length, length);
      const count = source.readAt(offset + position, target);
      if (count < target.length) throw tooShort(place, position + target.length, position + count);
      position += target.length;
    },
    end() {
      if (position < length) throw tooLong(place, position);
    },
  };
}

const windowLength = 1 << 20;

/** Every character below 256 is one byte, or two that hold 5 + 6 bits of it. */
function readLatin1({ source, offset, length, place }: ByteRange): SequentialBytes {
  const window = new Uint8Array(Math.min(windowLength, length));
  let windowStart = 0;
  let filled = 0;
  let at = 0;
  let decoded = 0;

  /** Moves the window on; false at the end. */
  const advance = () => {
    windowStart += filled;
    const wanted = Math.min(window.length, length - windowStart);
    at = 0;
    filled = wanted <= 0 ? 0 : source.readAt(offset + windowStart, window.subarray(0, wanted));
    return filled > 0;
  };

  return {
    read(target) {
      for (let i = 0; i < target.length; i += 1) {
        if (at === filled && !advance()) throw tooShort(place, decoded + target.length, decoded + i);
        const first = window[at] as number;
        at += 1;
        if (first < 0x80) {
          target[i] = first;
          continue;
        }
        if (at === filled && !advance()) throw notLatin1(place, decoded + i);
        const second = window[at] as number;
        at += 1;
        if ((first !== 0xc2 && first !== 0xc3) || (second & 0xc0) !== 0x80) throw notLatin1(place, decoded + i);
        target[i] = ((first & 0x03) << 6) | (second & 0x3f);
      }
      decoded += target.length;
    },
    end() {
      if (at < filled || advance()) throw tooLong(place, decoded);
    },
  };
}

function tooShort(place: string, expected: number, got: number): InterfuseError {
  return new InterfuseError('IMPORT_INVALID', { place, expected: `${expected} bytes or more`, got: `${got} bytes` });
}

function tooLong(place: string, expected: number): InterfuseError {
  return new InterfuseError('IMPORT_INVALID', { place, expected: `${expected} bytes`, got: 'more' });
}

function notLatin1(place: string, at: number): InterfuseError {
  return new InterfuseError('IMPORT_INVALID', {
    place,
    expected: 'Latin-1 characters in UTF-8',
    got: `something else at character ${at}`,
  });
}

/** All bytes of a range that is known to be small. */
export function readWhole(range: ByteRange, length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  const reader = readInOrder(range);
  reader.read(bytes);
  reader.end();
  return bytes;
}
