/** NumPy's `.npy`: a header in Python's notation, then the items of one array (NEP 1; versions 1 to 3). */
import { arrayFromPickle } from '../arrays/from-pickle.js';
import { packedArray } from '../arrays/packed-array.js';
import { invalidImport, type StoredArray } from '../arrays/stored-array.js';
import { packedStrides } from '../arrays/strides.js';
import { ByteRange } from '../bytes/byte-range.js';
import { type ByteSource, partOf } from '../bytes/byte-source.js';
import { readPickle } from '../pickle/read-pickle.js';

const magic = Buffer.from('\x93NUMPY', 'latin1');
const longestHeader = 1 << 16;

/** @throws IMPORT_INVALID; PICKLE_REFUSED and PICKLE_INVALID for an array of objects, which is a pickle */
export async function readNpy(source: ByteSource, signal?: AbortSignal): Promise<StoredArray> {
  const start = Buffer.alloc(12);
  const present = source.readAt(0, start);
  if (present < 12 || !start.subarray(0, 6).equals(magic))
    throw invalidImport(source.name, 'a .npy array', 'something else');
  const version = start[6] as number;
  if (version < 1 || version > 3) throw invalidImport(source.name, 'version 1 to 3 of .npy', String(version));
  const [offset, length] = version === 1 ? [10, start.readUInt16LE(8)] : [12, start.readUInt32LE(8)];
  if (length > longestHeader || offset + length > source.size) {
    throw invalidImport(source.name, 'a header within the file', `a header of ${length} bytes`);
  }
  const header = Buffer.alloc(length);
  source.readAt(offset, header);
  const { descr, order, shape } = parseHeader(header.toString(version === 3 ? 'utf8' : 'latin1'), source.name);
  const data = offset + length;
  if (descr === '|O') {
    const objects = partOf(source, source.name, data, source.size - data);
    return arrayFromPickle(await readPickle(objects, { signal }), source.name);
  }
  const type = /^([<>|=])([biufUS])(\d+)$/.exec(descr);
  if (!type || !isSize(type[2] as string, Number(type[3]))) {
    throw invalidImport(source.name, 'numbers of up to 64 bits, or texts', descr);
  }
  const [, byteOrder, kind, digits] = type as unknown as [string, string, 'f' | 'U', string];
  const strides = packedStrides(shape, order);
  return packedArray({
    place: source.name,
    type: { kind, size: Number(digits) * (kind === 'U' ? 4 : 1), bigEndian: byteOrder === '>' },
    shape,
    strides,
    data: new ByteRange(source, data, source.size - data),
  });
}

function isSize(kind: string, size: number): boolean {
  if (kind === 'U' || kind === 'S') return true;
  if (kind === 'b') return size === 1;
  return (kind === 'f' ? [2, 4, 8] : [1, 2, 4, 8]).includes(size);
}

/** `{'descr': '<f4', 'fortran_order': False, 'shape': (3, 4), }` */
function parseHeader(text: string, place: string): { descr: string; order: 'C' | 'F'; shape: number[] } {
  const descr = /'descr':\s*'([^']*)'/.exec(text)?.[1];
  const fortran = /'fortran_order':\s*(True|False)/.exec(text)?.[1];
  const extents = /'shape':\s*\(([\d\s,L]*)\)/.exec(text)?.[1];
  if (descr === undefined || fortran === undefined || extents === undefined) {
    throw invalidImport(place, 'a type without fields, an order and a shape', text.trim().slice(0, 80));
  }
  const shape = (extents.match(/\d+/g) ?? []).map(Number);
  if (!Number.isSafeInteger(shape.reduce((product, extent) => product * extent, 1))) {
    throw invalidImport(place, 'the shape of an array', `(${extents})`);
  }
  return { descr, order: fortran === 'True' ? 'F' : 'C', shape };
}
