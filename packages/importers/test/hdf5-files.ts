/** Small HDF5 files for tests, written by the HDF5 library itself. */
import { readFileSync, writeFileSync } from 'node:fs';
import { File, type Group, ready } from 'h5wasm/node';

export interface ArrayToWrite {
  readonly shape: readonly number[];
  readonly data: Float32Array | Float64Array | Int32Array | readonly string[];
  /** In chunks, packed with gzip. */
  readonly packed?: boolean;
}

export interface TreeToWrite {
  readonly [name: string]: ArrayToWrite | TreeToWrite;
}

export async function writeHdf5(path: string, tree: TreeToWrite): Promise<void> {
  await ready;
  const file = new File(path, 'w');
  writeGroup(file, tree);
  file.close();
}

/** Types of four bytes, little-endian: float32 and int32 (HDF5 file format 3.0, IV.A.2.d). */
const littleEndian = ['11201f0004000000000020001708', '100800000400000000002000'].map((hex) => Buffer.from(hex, 'hex'));

/**
 * Makes the numbers of a file big-endian, which the library above reads but does not write: a bit of their type says their
 * order, and the bytes of each number are turned round.
 */
export function makeBigEndian(path: string, values: readonly (Float32Array | Int32Array)[]): void {
  const file = readFileSync(path);
  for (const type of littleEndian) {
    for (const at of placesOf(type, file)) file[at + 1] = (file[at + 1] as number) | 1;
  }
  for (const { buffer, byteOffset, byteLength } of values) {
    const bytes = Buffer.from(buffer, byteOffset, byteLength);
    for (const at of placesOf(bytes, file)) Buffer.from(bytes).swap32().copy(file, at);
  }
  for (const at of placesOf(Buffer.from('OHDR'), file)) {
    const flags = file[at + 5] as number;
    const width = 1 << (flags & 3);
    const sizeAt = at + 6 + (flags & 32 ? 16 : 0) + (flags & 16 ? 4 : 0);
    const end = sizeAt + width + file.readUIntLE(sizeAt, Math.min(width, 6));
    file.writeUInt32LE(checksum(file.subarray(at, end)), end);
  }
  writeFileSync(path, file);
}

function placesOf(bytes: Buffer, file: Buffer): number[] {
  const places: number[] = [];
  for (let at = file.indexOf(bytes); at !== -1; at = file.indexOf(bytes, at + 1)) places.push(at);
  return places;
}

/** Of the headers of objects: lookup3 (Jenkins 2006). */
function checksum(bytes: Buffer): number {
  const padded = Buffer.concat([bytes, Buffer.alloc(12)]);
  let [a, b, c] = [0xdeadbeef, 0xdeadbeef, 0xdeadbeef].map((start) => (start + bytes.length) | 0) as [
    number,
    number,
    number,
  ];
  const turn = (x: number, by: number) => (x << by) | (x >>> (32 - by));
  for (let at = 0; ; at += 12) {
    a = (a + padded.readInt32LE(at)) | 0;
    b = (b + padded.readInt32LE(at + 4)) | 0;
    c = (c + padded.readInt32LE(at + 8)) | 0;
    if (bytes.length - at <= 12) break;
    // Each round does with b, c and a what the round before did with a, b and c.
    for (const by of [4, 6, 8, 16, 19, 4]) {
      const mixed = ((a - c) | 0) ^ turn(c, by);
      [a, b, c] = [b, (c + b) | 0, mixed];
    }
  }
  // And here c is changed by b: what changes, what it is changed by, and the third change places.
  for (const by of [14, 11, 25, 16, 4, 14, 24]) {
    const mixed = ((c ^ b) - turn(b, by)) | 0;
    [a, b, c] = [b, mixed, a];
  }
  return b >>> 0;
}

function writeGroup(group: Group, tree: TreeToWrite): void {
  for (const [name, entry] of Object.entries(tree)) {
    if (!isArray(entry)) {
      writeGroup(group.create_group(name), entry);
      continue;
    }
    const { shape, data, packed } = entry;
    const dtype = Array.isArray(data)
      ? 'S16'
      : data instanceof Float32Array
        ? '<f'
        : data instanceof Int32Array
          ? '<i'
          : '<d';
    group.create_dataset({
      name,
      data: data as Float32Array,
      shape: [...shape],
      dtype,
      ...(packed ? { chunks: [...shape], compression: 4 } : {}),
    });
  }
}

function isArray(entry: ArrayToWrite | TreeToWrite): entry is ArrayToWrite {
  return Array.isArray((entry as ArrayToWrite).shape);
}

/** A computational sequence, as the CMU-MultimodalSDK writes it. */
export async function writeSequences(
  path: string,
  name: string,
  videos: { readonly [video: string]: { readonly intervals: readonly number[]; readonly features: ArrayToWrite } },
): Promise<void> {
  const data = Object.fromEntries(
    Object.entries(videos).map(([video, { intervals, features }]) => [
      video,
      { intervals: { shape: [intervals.length / 2, 2], data: Float64Array.from(intervals) }, features },
    ]),
  );
  await writeHdf5(path, { [name]: { data, metadata: { 'root name': { shape: [1], data: [name] } } } });
}
