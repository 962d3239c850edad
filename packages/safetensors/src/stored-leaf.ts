/** Leaves whose values lie in safetensors files: found, checked, and read as the leaf declares them. */
import { InterfuseError, type Leaf, type Stored } from '@interfuse/core';
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
 * Where the values of a leaf lie.
 *
 * @param path of the leaf, for the error
 * @throws SAFETENSORS_TENSOR unless floats of the shape of the leaf, or of its transpose, lie there
 */
export function findStoredLeaf(path: string, leaf: StoredLeaf, header: SafetensorsHeader): TensorEntry {
  const { tensor, transposed = false } = leaf.start;
  const entry = findTensor(header, tensor);
  const shape = transposed ? [...leaf.shape].reverse() : leaf.shape;
  const isMatrix = leaf.shape.length === 2;
  if (isFloat(entry) && String(entry.shape) === String(shape) && (isMatrix || !transposed)) return entry;
  throw new InterfuseError('SAFETENSORS_TENSOR', {
    place: `${header.file}: ${tensor}`,
    expected: `floats [${shape.join(', ')}] for ${path}${transposed ? ' (transposed)' : ''}`,
    got: `${isFloat(entry) ? 'floats' : 'integers'} [${entry.shape.join(', ')}]`,
  });
}

const isFloat = ({ type }: TensorEntry): boolean => /^(BF|F)\d/.test(type);

/** The values of a leaf, in its own order. @throws SAFETENSORS_TENSOR as `findStoredLeaf` does */
export async function readStoredLeaf(path: string, leaf: StoredLeaf, file: SafetensorsFile): Promise<Float32Array> {
  findStoredLeaf(path, leaf, file.header);
  const data = (await file.tensor(leaf.start.tensor)).data as Float32Array;
  if (!leaf.start.transposed) return data;
  const [rows, columns] = leaf.shape as [number, number];
  return data.map((_, i) => data[(i % columns) * rows + Math.floor(i / columns)] as number);
}
