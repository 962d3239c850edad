/**
 * HDF5 files by way of h5wasm (the HDF5 library of The HDF Group, compiled to WebAssembly), which reads them by position
 * through Node's file system. It is loaded when the first file is opened.
 */
import { closeSync, openSync, readSync } from 'node:fs';
import { InterfuseError, notOpened } from '@interfuse/core';
import type { Numbers } from '../arrays/decode.js';
import { invalidImport, type StoredArray } from '../arrays/stored-array.js';

type Library = typeof import('h5wasm/node');
type Entity = import('h5wasm/node').Entity | null;
type Dataset = import('h5wasm/node').Dataset;
type Group = import('h5wasm/node').Group;

/** The first bytes of every HDF5 file without a user block. */
const signature = Buffer.from('\x89HDF\r\n\x1a\n', 'latin1');

/** Classes of types, as HDF5 numbers them (H5Tpublic.h). */
const typeClasses = { integer: 0, float: 1, text: 3, enumeration: 8 } as const;

export interface Hdf5File {
  readonly path: string;
  /** The names in a group, or nothing if it is no group. */
  names(group: string): string[] | undefined;
  /** An array of numbers or texts, or nothing if there is none at this path. */
  array(path: string): StoredArray | undefined;
  /** The paths of all arrays. */
  paths(): string[];
  close(): void;
}

let loading: Promise<Library> | undefined;

async function load(): Promise<Library> {
  loading ??= import('h5wasm/node').then(async (library) => {
    const module = await library.ready;
    // Errors become exceptions instead of lines on standard error.
    module.activate_throwing_error_handler();
    return library;
  });
  return loading;
}

/** @throws FILE_NOT_FOUND; IMPORT_INVALID for a file that is damaged, cut off or no HDF5 file */
export async function openHdf5(path: string): Promise<Hdf5File> {
  checkSignature(path);
  const { File } = await load();
  const file = guarded(path, () => new File(path, 'r'));

  const find = (at: string) => guarded(`${path}: ${at}`, () => file.get(at) as Entity);
  return {
    path,
    names(group) {
      const found = group === '' ? file : find(group);
      return isGroup(found) ? guarded(path, () => found.keys()) : undefined;
    },
    array(at) {
      const found = find(at);
      return isDataset(found) ? storedArray(found, `${path}: ${at}`) : undefined;
    },
    paths() {
      const paths: string[] = [];
      const visit = (group: Group, prefix: string, depth: number) => {
        if (depth > 16) throw invalidImport(path, 'groups within at most 16 others', 'more');
        for (const name of guarded(path, () => group.keys())) {
          const at = prefix === '' ? name : `${prefix}/${name}`;
          const found = find(at);
          if (isGroup(found)) visit(found, at, depth + 1);
          else if (isDataset(found)) paths.push(at);
        }
      };
      visit(file, '', 0);
      return paths;
    },
    close() {
      guarded(path, () => file.close());
    },
  };
}

function checkSignature(path: string): void {
  const start = Buffer.alloc(signature.length);
  let descriptor: number;
  try {
    descriptor = openSync(path, 'r');
  } catch (cause) {
    throw notOpened(path, 'an HDF5 file', cause);
  }
  try {
    readSync(descriptor, start, 0, start.length, 0);
  } catch (cause) {
    throw invalidImport(path, 'an HDF5 file', (cause as Error).message);
  } finally {
    closeSync(descriptor);
  }
  if (!start.equals(signature)) throw invalidImport(path, 'an HDF5 file', 'a file that begins otherwise');
}

/** The library's errors name functions of C; the first line is all that tells something. */
function guarded<T>(place: string, call: () => T): T {
  try {
    return call();
  } catch (cause) {
    if (cause instanceof InterfuseError) throw cause;
    const message = cause instanceof Error ? cause.message : String(cause);
    throw invalidImport(place, 'an HDF5 file that is whole', message.split('\n', 1)[0]?.trim() || 'an error of HDF5');
  }
}

function isGroup(entity: Entity): entity is Group {
  return entity !== null && 'keys' in entity;
}

function isDataset(entity: Entity): entity is Dataset {
  return entity !== null && 'metadata' in entity && 'slice' in entity;
}

function storedArray(dataset: Dataset, place: string): StoredArray | undefined {
  const { type, shape } = guarded(place, () => dataset.metadata);
  if (shape === null || shape.length === 0) return undefined;
  if (type === typeClasses.text) {
    const texts = async () => {
      const value = guarded(place, () => dataset.value);
      if (!Array.isArray(value)) throw invalidImport(place, 'texts', 'something else');
      return value.flat(8).map((text) => String(text).replace(/\0+$/, ''));
    };
    return { kind: 'texts', place, shape, texts };
  }
  if (type !== typeClasses.integer && type !== typeClasses.float && type !== typeClasses.enumeration) return undefined;
  return { kind: 'numbers', place, shape, blocks: (count) => blocks(dataset, place, shape, count) };
}

function* blocks(dataset: Dataset, place: string, shape: readonly number[], count: number): Generator<Numbers> {
  const [samples = 0, ...rest] = shape;
  for (let first = 0; first < samples; first += count) {
    const ranges: ([] | [number, number])[] = [[first, Math.min(first + count, samples)], ...rest.map((): [] => [])];
    yield numbersOf(
      guarded(place, () => dataset.slice(ranges)),
      place,
    );
  }
}

function numbersOf(value: unknown, place: string): Numbers {
  if (value instanceof Float32Array || value instanceof Float64Array) return value;
  if (ArrayBuffer.isView(value) && !(value instanceof DataView)) {
    return Float64Array.from(value as unknown as ArrayLike<number | bigint>, Number);
  }
  if (typeof value === 'number' || typeof value === 'bigint') return Float64Array.of(Number(value));
  throw invalidImport(place, 'numbers of up to 64 bits', 'something else');
}
