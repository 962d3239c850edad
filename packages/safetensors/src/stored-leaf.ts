/** Leaves whose values lie in files: found, checked, and read as the leaf declares them. */
import { InterfuseError, type Leaf, type Shape, type Stored } from '@interfuse/core';
import { assertFiniteValues } from './finite.js';
import { findTensor, type SafetensorsHeader } from './header.js';
import { type Encoded, SafetensorsFile } from './read.js';

export type StoredLeaf = Leaf & { readonly start: Stored };

export function isStored(leaf: Leaf): leaf is StoredLeaf {
  return leaf.start.kind === 'stored';
}

/** The files of leaves, each opened once. Close them when done. */
export class LeafFiles {
  private readonly files = new Map<string, SafetensorsFile>();

  async open({ start: { file, span } }: StoredLeaf): Promise<SafetensorsFile> {
    const known = this.files.get(file);
    if (known) return known;
    const opened = await (span ? SafetensorsFile.openWithoutHeader(file) : SafetensorsFile.open(file));
    this.files.set(file, opened);
    return opened;
  }

  async close(): Promise<void> {
    for (const file of this.files.values()) await file.close();
    this.files.clear();
  }
}

/**
 * Where the values of a leaf lie: those of a whole tensor, or of its rows.
 *
 * @param path of the leaf, for the error
 * @throws SAFETENSORS_TENSOR unless floats of the shape of the leaf, or of its transpose, lie there
 */
export function findStoredLeaf(path: string, leaf: StoredLeaf, header: SafetensorsHeader): Encoded {
  const { tensor, transposed = false, rows, span } = leaf.start;
  const entry = span ?? findTensor(header, tensor);
  const own = transposed ? [...leaf.shape].reverse() : leaf.shape;
  const shape = rows ? [rows.of, ...own.slice(1)] : own;
  const possible = !transposed || (leaf.shape.length === 2 && !rows);
  const within = !rows || rows.first + (own[0] ?? 0) <= rows.of;
  if (!isInteger(entry) && String(entry.shape) === String(shape) && possible && within) {
    return rows ? rowsOf(entry, rows.of, rows.first, own) : entry;
  }
  throw new InterfuseError('SAFETENSORS_TENSOR', {
    place: `${header.file}: ${tensor}`,
    expected: `floats [${shape.join(', ')}] for ${path}${transposed ? ' (transposed)' : ''}`,
    got: `${isInteger(entry) ? 'integers' : 'floats'} [${entry.shape.join(', ')}]`,
  });
}

/** Rows lie one after another, so that some of them are a tensor as well. */
function rowsOf({ type, begin, end }: Encoded, of: number, first: number, [count = 0]: Shape): Encoded {
  const bytes = (end - begin) / of;
  return { type, begin: begin + first * bytes, end: begin + (first + count) * bytes };
}

/** Whether the numbers of a tensor are whole ones, and so no weights. */
export function isInteger({ type }: Pick<Encoded, 'type'>): boolean {
  return /^([IU]\d|BOOL)/.test(type);
}

/** Whether the values stand in the file in the order of the leaf, or of its transpose. */
export function isMapped({ start }: StoredLeaf): boolean {
  return start.span?.interleavedHead === undefined;
}

/** The values of a leaf, in its own order. @throws SAFETENSORS_TENSOR as `findStoredLeaf` does; WEIGHTS_NOT_FINITE */
export async function readStoredLeaf(path: string, leaf: StoredLeaf, file: SafetensorsFile): Promise<Float32Array> {
  const { tensor, transposed, span } = leaf.start;
  const entry = findStoredLeaf(path, leaf, file.header);
  const data = (await file.values(tensor, entry)) as Float32Array;
  assertFiniteValues(`${file.header.file}: ${tensor}`, data);
  if (span?.interleavedHead !== undefined) return splitHalves(data, leaf.shape, span.interleavedHead);
  if (!transposed) return data;
  const [height, width] = leaf.shape as [number, number];
  return data.map((_, i) => data[(i % width) * height + Math.floor(i / width)] as number);
}

/** The rows of each head from pairs to halves: 0, 2, 4, ... first, then 1, 3, 5, ... */
export function splitHalves(data: Float32Array, [rows = 1]: readonly number[], head: number): Float32Array {
  const split = new Float32Array(data.length);
  const width = data.length / rows;
  const half = head / 2;
  for (let row = 0; row < rows; row += 1) {
    const place = row % head;
    const source = row - place + (place < half ? 2 * place : 2 * (place - half) + 1);
    split.set(data.subarray(source * width, (source + 1) * width), row * width);
  }
  return split;
}
