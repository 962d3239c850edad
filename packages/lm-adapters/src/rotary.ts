/**
 * Rotary position embedding (Su et al. 2021, arXiv 2104.09864) in the half-split form of Hugging Face: of R turned
 * entries, entry i of a head turns with entry i + R/2. (The paper's own form turns entry 2i with 2i + 1; the two differ
 * by a permutation of rows.)
 */
import * as tf from '@tensorflow/tfjs';

/** How a position turns a head. */
export interface Rotary {
  /** Angle per position of each pair, [R/2]; the entries of a head after its first R do not turn. */
  readonly frequencies: readonly number[];
  /** Cosine and sine are multiplied by this; 1 but in some scaled forms. */
  readonly magnitude: number;
}

/** Cosine and sine of every position's angles: [T, R/2] each. */
export interface Rotation {
  readonly cosine: tf.Tensor;
  readonly sine: tf.Tensor;
}

/** Angle i of position p is p * frequencies[i]. `positions` is [T] int32. */
export function rotation(positions: tf.Tensor, { frequencies, magnitude }: Rotary): Rotation {
  const angles = tf.mul(tf.expandDims(tf.cast(positions, 'float32'), 1), tf.tensor1d([...frequencies])); // [T, R/2]
  const [cosine, sine] = [tf.cos(angles), tf.sin(angles)];
  return magnitude === 1 ? { cosine, sine } : { cosine: tf.mul(cosine, magnitude), sine: tf.mul(sine, magnitude) };
}

/** Turns every pair of entries by its position's angle: [B, H, T, D/H] -> [B, H, T, D/H]. */
export function rotate(x: tf.Tensor, { cosine, sine }: Rotation): tf.Tensor {
  const half = cosine.shape[1] as number;
  const rest = (x.shape[3] as number) - 2 * half;
  const [first, second, still] = tf.split(x, rest > 0 ? [half, half, rest] : [half, half], 3) as [
    tf.Tensor,
    tf.Tensor,
    tf.Tensor?,
  ];
  const turned = [
    tf.sub(tf.mul(first, cosine), tf.mul(second, sine)),
    tf.add(tf.mul(second, cosine), tf.mul(first, sine)),
  ];
  return tf.concat(still ? [...turned, still] : turned, 3);
}
