/** The kernels `Slice`, `SplitV` and `Unpack`. The stock wasm ones copy the whole tensor out of the heap for every slice. */
import * as tf from '@tensorflow/tfjs';
import type { Memory } from './memory.js';

/** The block of x that starts at `begin` and has the extents `size`. */
export function slice(
  memory: Memory,
  x: tf.TensorInfo,
  begin: readonly number[],
  size: readonly number[],
): tf.TensorInfo {
  const output = memory.allocate(size, x.dtype);
  const source = memory.view(x);
  const target = memory.view(output);
  if (target.length === 0) return output;

  // The axes from `last` on lie together in one run: those behind `last` are taken whole.
  let last = Math.max(x.shape.length - 1, 0);
  while (last > 0 && size[last] === x.shape[last]) last -= 1;
  const strides = x.shape.map((_, axis) => x.shape.slice(axis + 1).reduce((product, extent) => product * extent, 1));
  const run = size.slice(last).reduce((product, extent) => product * extent, 1);
  let to = 0;
  const copy = (axis: number, from: number): void => {
    const start = from + (begin[axis] ?? 0) * (strides[axis] ?? 1);
    if (axis === last) {
      for (let i = 0; i < run; i += 1) target[to + i] = source[start + i] as number;
      to += run;
    } else {
      for (let i = 0; i < (size[axis] as number); i += 1) copy(axis + 1, start + i * (strides[axis] as number));
    }
  };
  copy(0, 0);
  return output;
}

/** Consecutive blocks along an axis. */
export function split(memory: Memory, x: tf.TensorInfo, sizes: number | number[], axis: number): tf.TensorInfo[] {
  const along = tf.util.parseAxisParam(axis, x.shape)[0] as number;
  let position = 0;
  return tf.backend_util.prepareSplitSize(x as tf.Tensor, sizes, along).map((extent) => {
    const begin = x.shape.map((_, other) => (other === along ? position : 0));
    position += extent;
    return slice(
      memory,
      x,
      begin,
      x.shape.map((whole, other) => (other === along ? extent : whole)),
    );
  });
}

/** All entries of an axis, which the results no longer have. */
export function unpack(memory: Memory, x: tf.TensorInfo, axis: number): tf.TensorInfo[] {
  const along = tf.util.parseAxisParam(axis, x.shape)[0] as number;
  const shape = x.shape.filter((_, other) => other !== along);
  return split(memory, x, x.shape[along] as number, along).map((part) => ({ ...part, shape }));
}
