/** Matrix products and sums of products. Transposition is an argument of the product, never a copy. */
import type * as tf from '@tensorflow/tfjs';
import { type Emission, type Emitters, input, multiplyAdds, size } from './kernel.js';

function product(
  emission: Emission,
  a: tf.TensorInfo,
  b: tf.TensorInfo,
  transposeA: boolean,
  transposeB: boolean,
): tf.TensorInfo {
  const rows = a.shape.at(transposeA ? -1 : -2) as number;
  const columns = b.shape.at(transposeB ? -2 : -1) as number;
  const inner = a.shape.at(transposeA ? -2 : -1) as number;
  const batchA = a.shape.slice(0, -2);
  const batchB = b.shape.slice(0, -2);
  const longer = batchA.length >= batchB.length ? batchA : batchB;
  const batch = longer.map((_, i) => {
    const extentA = batchA[i - longer.length + batchA.length] ?? 1;
    const extentB = batchB[i - longer.length + batchB.length] ?? 1;
    return Math.max(extentA, extentB);
  });
  const shape = [...batch, rows, columns];
  // A file may hold the transpose of a weight (GPT-2's do): the product takes it as it lies there.
  const stored = b.shape.length === 2 ? emission.graph.transposed(emission.name(b)) : undefined;
  if (stored !== undefined) {
    const attributes = { transA: transposeA ? 1 : 0, transB: transposeB ? 0 : 1 };
    return counted(emission.emit('FusedMatMul', [a, stored], shape, a.dtype, attributes, 'com.microsoft'));
  }
  if (transposeA && !transposeB && batch.length > 0 && 2 * columns <= rows) return fromNarrow(emission, a, b, shape);
  if (!transposeA && !transposeB) return counted(emission.emit('MatMul', [a, b], shape, a.dtype));
  const attributes = { transA: transposeA ? 1 : 0, transB: transposeB ? 1 : 0 };
  return counted(emission.emit('FusedMatMul', [a, b], shape, a.dtype, attributes, 'com.microsoft'));

  function counted(made: tf.TensorInfo): tf.TensorInfo {
    multiplyAdds(emission, emission.name(made), size(shape) * inner);
    return made;
  }
}

/**
 * a^T b with a narrow b as (b^T a)^T, whose transpositions are small: the runtime packs a transposed left factor of a batch
 * column by column, which costs more than the product (half the time for [104, 52]^T [104, 8]).
 */
function fromNarrow(emission: Emission, a: tf.TensorInfo, b: tf.TensorInfo, shape: readonly number[]): tf.TensorInfo {
  const { graph, name, backend } = emission;
  const swapped = (x: string, rank: number): string =>
    graph.transpose(x, [...Array.from({ length: rank - 2 }, (_, axis) => axis), rank - 1, rank - 2]);
  const product = graph.add('MatMul', [swapped(name(b), b.shape.length), name(a)]);
  multiplyAdds(emission, product, size(shape) * (a.shape.at(-2) as number));
  return backend.symbol(swapped(product, shape.length), shape, a.dtype);
}

export const products: Emitters = {
  BatchMatMul: (emission) => {
    const { transposeA = false, transposeB = false } = emission.attributes;
    return product(emission, input(emission, 'a'), input(emission, 'b'), transposeA, transposeB);
  },
  /** ONNX writes the equation in the same way. */
  Einsum: (emission) => {
    const equation = (emission.attributes.equation as string).replaceAll(' ', '');
    const [left, right] = equation.split('->') as [string, string];
    const tensors = Object.values(emission.inputs);
    const extents = new Map<string, number>();
    for (const [i, labels] of left.split(',').entries()) {
      for (const [axis, label] of [...labels].entries()) extents.set(label, tensors[i]?.shape[axis] as number);
    }
    const shape = [...right].map((label) => extents.get(label) as number);
    const sums = emission.emit('Einsum', tensors, shape, (tensors[0] as tf.TensorInfo).dtype, { equation });
    multiplyAdds(emission, emission.name(sums), (tensors.length - 1) * size([...extents.values()]));
    return sums;
  },
};
