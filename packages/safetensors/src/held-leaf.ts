/** Frozen leaves that are held in fewer bits than single precision: made of their values piece by piece. */
import { InterfuseError, type Leaf } from '@interfuse/core';
import { assertFiniteValues } from './finite.js';
import { fill, fits, type HeldValues, type ReducedPrecision, reserve } from './held-values.js';
import type { SafetensorsFile } from './read.js';
import { findStoredLeaf, readStoredLeaf, type StoredLeaf } from './stored-leaf.js';

/** Values that are in memory in single precision at a time, where rows can be read by themselves. */
const pieceSize = 2 ** 20;

/** The precision that an engine has to convert the leaf to, if it has to. What is trained is never held in fewer bits. */
export function reducedPrecision({ train, precision }: Leaf): ReducedPrecision | undefined {
  return train || precision === 'float32' ? undefined : precision;
}

/** @throws SHAPE_MISMATCH if the leaf cannot be held so; WEIGHTS_NOT_FINITE; SAFETENSORS_TENSOR if one of its values cannot */
export async function readHeldLeaf(
  path: string,
  leaf: StoredLeaf,
  precision: ReducedPrecision,
  file: SafetensorsFile,
): Promise<HeldValues> {
  const { tensor, transposed, span } = leaf.start;
  if (transposed || span) return holdLeaf(path, leaf, precision, await readStoredLeaf(path, leaf, file));
  findStoredLeaf(path, leaf, file.header);
  const held = reserveFor(path, leaf, precision);
  const { first } = leaf.start.rows ?? { first: 0 };
  const [rows = 1, ...rest] = leaf.shape;
  const stride = rest.reduce((product, extent) => product * extent, 1);
  const count = Math.max(1, Math.floor(pieceSize / stride));
  for (let row = 0; row < rows; row += count) {
    const values = await file.rows(tensor, first + row, Math.min(count, rows - row));
    fillChecked(path, leaf, held, row * stride, values as Float32Array);
  }
  return held;
}

/** @throws SHAPE_MISMATCH if the leaf cannot be held so; WEIGHTS_NOT_FINITE; SAFETENSORS_TENSOR if one of its values cannot */
export function holdLeaf(path: string, leaf: Leaf, precision: ReducedPrecision, values: Float32Array): HeldValues {
  const held = reserveFor(path, leaf, precision);
  fillChecked(path, leaf, held, 0, values);
  return held;
}

function reserveFor(path: string, { shape }: Leaf, precision: ReducedPrecision): HeldValues {
  if (fits(precision, shape)) {
    return reserve(
      precision,
      shape.reduce((product, extent) => product * extent, 1),
    );
  }
  throw new InterfuseError('SHAPE_MISMATCH', {
    place: path,
    expected: `a matrix with whole blocks of 32 columns${precision === 'int4' ? ' and an even number of rows' : ''} for ${precision}`,
    got: `[${shape.join(', ')}]`,
    remedy: 'Declare the leaf without this precision.',
  });
}

function fillChecked(path: string, leaf: Leaf, held: HeldValues, first: number, values: Float32Array): void {
  const place = leaf.start.kind === 'stored' ? `${leaf.start.file}: ${leaf.start.tensor}` : path;
  assertFiniteValues(place, values, first);
  const position = fill(held, first, values);
  if (position === undefined) return;
  throw new InterfuseError('SAFETENSORS_TENSOR', {
    place,
    expected: `numbers that ${held.precision} can hold`,
    got: `${values[position]} at position ${first + position}`,
    remedy: 'Hold the model as it is stored, or in float32.',
  });
}
