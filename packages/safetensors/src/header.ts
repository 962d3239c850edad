/**
 * The header of a safetensors file: eight bytes of length, then JSON that says where each tensor lies.
 *
 * Everything is checked before a tensor is read, since a damaged file must not become numbers.
 */
import { closeSync, openSync, readSync, type Stats, statSync } from 'node:fs';
import { InterfuseError } from '@interfuse/core';
import { dataTypeBytes, type StoredType } from './data-types.js';

export interface TensorEntry {
  readonly type: StoredType;
  readonly shape: readonly number[];
  /** Absolute byte positions in the file. */
  readonly begin: number;
  readonly end: number;
}

export interface SafetensorsHeader {
  readonly file: string;
  readonly tensors: ReadonlyMap<string, TensorEntry>;
  readonly metadata: Readonly<Record<string, string>>;
}

/** The format allows 100 MB of header; more is taken as damage. */
const headerLimit = 100_000_000;

/** Reads and checks the header of a file: the tensors have to fill what follows it, without overlap and without a gap. */
export function readHeader(file: string): SafetensorsHeader {
  const { size } = regularFile(file);
  let descriptor: number;
  try {
    descriptor = openSync(file, 'r');
  } catch (cause) {
    throw notFound(file, cause);
  }
  try {
    const prefix = Buffer.alloc(8);
    if (size < 8 || readSync(descriptor, prefix, 0, 8, 0) < 8) throw damaged(file, 'at least 8 bytes', `${size} bytes`);
    const length = Number(prefix.readBigUInt64LE());
    if (length > headerLimit || 8 + length > size) {
      throw damaged(file, `a header within the ${size} bytes of the file`, `a header of ${length} bytes`);
    }
    const text = Buffer.alloc(length);
    readSync(descriptor, text, 0, length, 8);
    return parseHeader(file, text.toString('utf8'), 8 + length, size);
  } finally {
    closeSync(descriptor);
  }
}

/** Links are followed: the cache of Hugging Face holds links to its blobs. */
function regularFile(file: string): Stats {
  let stats: Stats;
  try {
    stats = statSync(file);
  } catch (cause) {
    throw notFound(file, cause);
  }
  if (stats.isFile()) return stats;
  throw damaged(file, 'a file', stats.isDirectory() ? 'a folder' : 'something else');
}

function parseHeader(file: string, text: string, dataStart: number, size: number): SafetensorsHeader {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch (cause) {
    throw damaged(file, 'a header in JSON', (cause as Error).message);
  }
  if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed)) {
    throw damaged(file, 'a header that is an object', text.slice(0, 60));
  }
  const { __metadata__: metadata = {}, ...entries } = parsed as Record<string, unknown>;
  const tensors = new Map<string, TensorEntry>();
  for (const [name, entry] of Object.entries(entries)) {
    tensors.set(name, checkEntry(file, name, entry, dataStart, size));
  }
  checkCover(file, tensors, dataStart, size);
  return { file, tensors, metadata: metadata as Record<string, string> };
}

function checkEntry(file: string, name: string, entry: unknown, dataStart: number, size: number): TensorEntry {
  const { dtype, shape, data_offsets: offsets } = (entry ?? {}) as Record<string, unknown>;
  if (typeof dtype !== 'string' || !Object.hasOwn(dataTypeBytes, dtype)) {
    throw damaged(`${file}: ${name}`, `a type among ${Object.keys(dataTypeBytes).join(', ')}`, String(dtype));
  }
  if (!isPositions(shape)) throw damaged(`${file}: ${name}`, 'a shape of whole numbers', JSON.stringify(shape));
  if (!isPositions(offsets) || offsets.length !== 2) {
    throw damaged(`${file}: ${name}`, 'two data offsets', JSON.stringify(offsets));
  }
  const [begin, end] = offsets as [number, number];
  const bytes = shape.reduce((product, extent) => product * extent, 1) * dataTypeBytes[dtype as StoredType];
  if (end - begin !== bytes) {
    throw damaged(`${file}: ${name}`, `${bytes} bytes for ${dtype} [${shape.join(', ')}]`, `${end - begin} bytes`);
  }
  if (dataStart + end > size) {
    throw damaged(`${file}: ${name}`, `data up to byte ${dataStart + end}`, `a file of ${size} bytes (cut off)`);
  }
  return { type: dtype as StoredType, shape, begin: dataStart + begin, end: dataStart + end };
}

/** Reading would go well without this; but a header that is wrong here may be wrong about any tensor. */
function checkCover(file: string, tensors: ReadonlyMap<string, TensorEntry>, dataStart: number, size: number): void {
  let covered = dataStart;
  let last = 'the header';
  for (const [name, { begin, end }] of [...tensors].sort(([, a], [, b]) => a.begin - b.begin || a.end - b.end)) {
    if (begin !== covered) {
      const relation = begin < covered ? 'overlaps' : 'leaves a gap after';
      throw damaged(`${file}: ${name}`, `data from byte ${covered} on`, `byte ${begin}, which ${relation} ${last}`);
    }
    covered = end;
    last = name;
  }
  if (covered !== size) throw damaged(file, `data up to the end at byte ${size}`, `${last} ends at byte ${covered}`);
}

function isPositions(value: unknown): value is number[] {
  return Array.isArray(value) && value.every((entry) => Number.isSafeInteger(entry) && (entry as number) >= 0);
}

function notFound(file: string, cause: unknown): InterfuseError {
  return new InterfuseError('FILE_NOT_FOUND', {
    place: file,
    expected: 'a safetensors file',
    got: 'no readable file',
    cause,
  });
}

function damaged(place: string, expected: string, got: string): InterfuseError {
  return new InterfuseError('SAFETENSORS_INVALID', { place, expected, got });
}

/** The entry of a tensor, or an error that names what the file does hold. */
export function findTensor(header: SafetensorsHeader, name: string): TensorEntry {
  const entry = header.tensors.get(name);
  if (entry) return entry;
  const names = [...header.tensors.keys()];
  throw new InterfuseError('SAFETENSORS_TENSOR', {
    place: header.file,
    expected: `a tensor "${name}"`,
    got:
      names.length > 8
        ? `${names.slice(0, 8).join(', ')} and ${names.length - 8} more`
        : names.join(', ') || 'no tensor',
  });
}
