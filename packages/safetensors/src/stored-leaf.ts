/** Leaves whose values lie in safetensors files: found, checked, and read as the leaf declares them. */
import { InterfuseError, type Leaf, type Shape, type Stored } from '@interfuse/core';
import { findTensor, type SafetensorsHeader, type TensorEntry } from './header.js';
import { SafetensorsFile } from './read.js';

export type StoredLeaf = Leaf & { readonly start: Stored };

export function isStored(leaf: Leaf): leaf is StoredLeaf {
  return leaf.start.kind === 'stored';
}

/** The files of leaves, each opened once. Close them when done. */
export class LeafFiles {
  private readonly files = new Map<string, SafetensorsFile>();

  async open({ start }: StoredLeaf): Promise<SafetensorsFile> {
    const file = this.files.get(start.file) ?? (await SafetensorsFile.open(start.file));
    this.files.set(start.file, file);
    return file;
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
export function findStoredLeaf(path: string, leaf: StoredLeaf, header: SafetensorsHeader): TensorEntry {
  const { tensor, transposed = false, rows } = leaf.start;
  const entry = findTensor(header, tensor);
  const own = transposed ? [...leaf.shape].reverse() : leaf.shape;
  const shape = rows ? [rows.of, ...own.slice(1)] : own;
  const possible = !transposed || (leaf.shape.length === 2 && !rows);
  const within = !rows || rows.first + (own[0] ?? 0) <= rows.of;
  if (isFloat(entry) && String(entry.shape) === String(shape) && possible && within) {
    return rows ? rowsOf(entry, rows.first, own) : entry;
  }
  throw new InterfuseError('SAFETENSORS_TENSOR', {
    place: `${header.file}: ${tensor}`,
    expected: `floats [${shape.join(', ')}] for ${path}${transposed ? ' (transposed)' : ''}`,
    got: `${isFloat(entry) ? 'floats' : 'integers'} [${entry.shape.join(', ')}]`,
  });
}

/** Rows lie one after another, so that some of them are a tensor as well. */
function rowsOf({ type, begin, end, shape: [of = 1] }: TensorEntry, first: number, shape: Shape): TensorEntry {
  const bytes = (end - begin) / of;
  return { type, shape, begin: begin + first * bytes, end: begin + (first + (shape[0] ?? 0)) * bytes };
}

const isFloat = ({ type }: TensorEntry): boolean => /^(BF|F)\d/.test(type);

/** The values of a leaf, in its own order. @throws SAFETENSORS_TENSOR as `findStoredLeaf` does */
export async function readStoredLeaf(path: string, leaf: StoredLeaf, file: SafetensorsFile): Promise<Float32Array> {
  findStoredLeaf(path, leaf, file.header);
  const { tensor, rows, transposed } = leaf.start;
  if (rows) return (await file.rows(tensor, rows.first, leaf.shape[0] ?? 0)) as Float32Array;
  const data = (await file.tensor(tensor)).data as Float32Array;
  if (!transposed) return data;
  const [height, width] = leaf.shape as [number, number];
  return data.map((_, i) => data[(i % width) * height + Math.floor(i / width)] as number);
}
