/** Bytes read by position: a file of any size, of which nothing stays in memory, or bytes that are there already. */
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { InterfuseError, notOpened } from '@interfuse/core';

export interface ByteSource {
  /** What error messages call it. */
  readonly name: string;
  readonly size: number;
  /** Reads up to as many bytes as the target has room for; returns how many there were. */
  readAt(position: number, target: Uint8Array): number;
  close(): void;
}

/** @throws FILE_NOT_FOUND, FILE_UNREADABLE */
export function openFile(path: string): ByteSource {
  let descriptor: number;
  try {
    descriptor = openSync(path, 'r');
  } catch (cause) {
    throw notOpened(path, 'a file that can be read', cause);
  }
  const found = fstatSync(descriptor);
  if (!found.isFile()) {
    closeSync(descriptor);
    throw new InterfuseError('FILE_NOT_FOUND', { place: path, expected: 'a file', got: 'a folder or device' });
  }
  return {
    name: path,
    size: found.size,
    readAt(position, target) {
      let filled = 0;
      while (filled < target.length) {
        const count = readSync(descriptor, target, filled, target.length - filled, position + filled);
        if (count === 0) break;
        filled += count;
      }
      return filled;
    },
    close: () => closeSync(descriptor),
  };
}

/** Bytes in memory. */
export function inMemory(name: string, bytes: Uint8Array): ByteSource {
  return {
    name,
    size: bytes.length,
    readAt(position, target) {
      const part = bytes.subarray(position, position + target.length);
      target.set(part);
      return part.length;
    },
    close() {},
  };
}

/** A part of a source as a source of its own. It is closed with the whole. */
export function partOf(source: ByteSource, name: string, offset: number, length: number): ByteSource {
  return {
    name,
    size: length,
    readAt(position, target) {
      const count = Math.max(0, Math.min(target.length, length - position));
      return source.readAt(offset + position, target.subarray(0, count));
    },
    close() {},
  };
}
