/**
 * Rotary position embedding (Su et al. 2021, arXiv 2104.09864) in the half-split form of Hugging Face: entry i of a head
 * turns with entry i + D/2. (The paper's own form turns entry 2i with 2i + 1; the two differ by a permutation of rows.)
 */
import * as tf from '@tensorflow/tfjs';

/** Cosine and sine of every position's angles: [T, D/2] each. */
export interface Rotation {
  readonly cosine: tf.Tensor;
  readonly sine: tf.Tensor;
}

/** Angle i of position p is p * theta^(-2i / D), i = 0 to D/2 - 1. `positions` is [T] int32. */
export function rotation(positions: tf.Tensor, headWidth: number, theta: number): Rotation {
  const frequencies = Array.from({ length: headWidth / 2 }, (_, i) => theta ** ((-2 * i) / headWidth));
  const angles = tf.mul(tf.expandDims(tf.cast(positions, 'float32'), 1), tf.tensor1d(frequencies)); // [T, D/2]
  return { cosine: tf.cos(angles), sine: tf.sin(angles) };
}

/** Turns every pair of entries by its position's angle: [B, H, T, D] -> [B, H, T, D]. */
export function rotate(x: tf.Tensor, { cosine, sine }: Rotation): tf.Tensor {
  const [first, second] = tf.split(x, 2, 3) as [tf.Tensor, tf.Tensor]; // [B, H, T, D/2] each
  return tf.concat(
    [tf.sub(tf.mul(first, cosine), tf.mul(second, sine)), tf.add(tf.mul(second, cosine), tf.mul(first, sine))],
    3,
  );
}
