/** Batches cut into pieces along their first axis, and pieces joined again. */
import { type HostTensor, type HostTensors, InterfuseError } from '@interfuse/core';

/** Number of samples of a batch. */
export function batchRows({ rows }: HostTensors): number {
  return rows?.shape[0] ?? 0;
}

/** Samples `first` to `first + count`, all of the tensors being [B, ...]. */
export function piece(tensors: HostTensors, first: number, count: number): Record<string, HostTensor> {
  const cut = Object.entries(tensors).map(([path, { shape, type, data }]): [string, HostTensor] => {
    const [rows = 1, ...rest] = shape;
    const stride = data.length / rows;
    return [path, { shape: [count, ...rest], type, data: data.slice(first * stride, (first + count) * stride) }];
  });
  return Object.fromEntries(cut);
}

/**
 * The same paths with the samples of all pieces.
 *
 * @param sizes number of samples of each piece
 * @throws SHAPE_MISMATCH for a tensor that is not [piece, ...]
 */
export function joinPieces(pieces: readonly HostTensors[], sizes: readonly number[]): Record<string, HostTensor> {
  const joined: Record<string, HostTensor> = {};
  for (const [path, first] of Object.entries(pieces[0] ?? {})) {
    const parts = pieces.map((tensors) => tensors[path] as HostTensor);
    parts.forEach(({ shape }, i) => {
      if (shape[0] === sizes[i]) return;
      throw new InterfuseError('SHAPE_MISMATCH', {
        place: path,
        expected: `[${sizes[i]}, ...]: one entry for each sample of a piece`,
        got: `[${shape.join(', ')}]`,
        remedy: 'Let `read` return tensors whose first axis is that of the batch.',
      });
    });
    const data = new Float32Array(parts.reduce((sum, part) => sum + part.data.length, 0));
    let offset = 0;
    for (const part of parts) {
      data.set(part.data, offset);
      offset += part.data.length;
    }
    const rows = sizes.reduce((sum, size) => sum + size, 0);
    joined[path] = { shape: [rows, ...first.shape.slice(1)], type: first.type, data };
  }
  return joined;
}
