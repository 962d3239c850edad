/** The kernel `CounterUniform`: the numbers of `uniformAt` in @interfuse/nn, a whole tensor at a time. */
import { type CounterUniformAttributes, drawKey } from '@interfuse/nn';
import type * as tf from '@tensorflow/tfjs';
import type { Memory } from './memory.js';

/** Writes uniformAt(draw, 0), uniformAt(draw, 1), ... with both rounds of the hash written out: calls cost half the time. */
export function fillUniform(target: Float32Array, draw: number): void {
  for (let index = 0; index < target.length; index += 1) {
    let x = (index + draw) | 0;
    x = Math.imul(x ^ (x >>> 16), 0x7feb352d);
    x = Math.imul(x ^ (x >>> 15), 0x846ca68b);
    x ^= (x >>> 16) ^ draw;
    x = Math.imul(x ^ (x >>> 16), 0x7feb352d);
    x = Math.imul(x ^ (x >>> 15), 0x846ca68b);
    target[index] = ((x ^ (x >>> 16)) >>> 8) * 2 ** -24;
  }
}

export function counterUniform(
  memory: Memory,
  step: tf.TensorInfo,
  { shape, key, stream }: CounterUniformAttributes,
): tf.TensorInfo {
  const output = memory.allocate(shape, 'float32');
  const [position = 0] = memory.view(step);
  fillUniform(memory.view(output) as Float32Array, drawKey(key, position, stream));
  return output;
}
