/** The kernel `GatherV2`: rows by index. The stock wasm kernel reads the indices back first, which looks like a read of the model's. */
import * as tf from '@tensorflow/tfjs';
import type { Memory } from './memory.js';

/**
 * x [batch, outer, extent, width], indices [batch, count] -> [batch, outer, count, width], whatever axes those stand for.
 *
 * @throws RangeError if an index lies outside of the axis
 */
export function gather(
  memory: Memory,
  x: tf.TensorInfo,
  indices: tf.TensorInfo,
  { axis, batchDims }: { axis: number; batchDims: number },
): tf.TensorInfo {
  const { batchSize, outerSize, dimSize, sliceSize, outputShape } =
    tf.backend_util.segment_util.collectGatherOpShapeInfo(x as tf.Tensor, indices as tf.Tensor, axis, batchDims);
  for (const index of memory.view(indices)) {
    if (index < 0 || index >= dimSize) throw new RangeError(`gather: index ${index} is not in [0, ${dimSize})`);
  }
  const output = memory.allocate(outputShape, x.dtype);
  const source = memory.view(x);
  const target = memory.view(output);
  const wanted = memory.view(indices);
  const count = wanted.length / batchSize;
  let to = 0;
  for (let batch = 0; batch < batchSize; batch += 1) {
    for (let outer = 0; outer < outerSize; outer += 1) {
      const block = (batch * outerSize + outer) * dimSize;
      for (let i = 0; i < count; i += 1) {
        const from = (block + (wanted[batch * count + i] as number)) * sliceSize;
        for (let k = 0; k < sliceSize; k += 1) target[to + k] = source[from + k] as number;
        to += sliceSize;
      }
    }
  }
  return output;
}
