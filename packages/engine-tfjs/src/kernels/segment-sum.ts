/**
 * The kernel `UnsortedSegmentSum`, the gradient of `gather`: row i of x is added to row segmentIds[i] of the result.
 *
 * The wasm backend has none; that of the cpu backend passes over all the data once per segment, a vocabulary's worth.
 */
import type * as tf from '@tensorflow/tfjs';
import type { Memory } from './memory.js';

/** x [ids..., rest...] -> [segments, rest...]; rows with an id outside of 0 to segments-1 are dropped. */
export function segmentSum(memory: Memory, x: tf.TensorInfo, ids: tf.TensorInfo, segments: number): tf.TensorInfo {
  const rest = x.shape.slice(ids.shape.length);
  const width = rest.reduce((product, extent) => product * extent, 1);
  const output = memory.allocate([segments, ...rest], x.dtype);
  const source = memory.view(x);
  const target = memory.view(output).fill(0);
  memory.view(ids).forEach((segment, row) => {
    if (segment < 0 || segment >= segments) return;
    for (let column = 0; column < width; column += 1) {
      const at = segment * width + column;
      target[at] = (target[at] as number) + (source[row * width + column] as number);
    }
  });
  return output;
}
