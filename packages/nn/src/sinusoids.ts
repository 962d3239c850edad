/** Sinusoidal positions (Vaswani et al. 2017, arXiv 1706.03762) in fairseq's layout: all sines, then all cosines. */
import * as tf from '@tensorflow/tfjs';

/**
 * Rows for positions 1 to `steps`: [sin(p f_0), ..., cos(p f_0), ...] with f_j = 10000^(-j / (half - 1)).
 *
 * Position 0 belongs to padding and is all zeros; it has no row here. A last odd column is zero.
 *
 * @returns row-major [steps, width]
 */
export function sinusoids(steps: number, width: number): Float32Array {
  const half = Math.floor(width / 2);
  const rows = new Float32Array(steps * width);
  for (let step = 0; step < steps; step += 1) {
    for (let j = 0; j < half; j += 1) {
      const angle = (step + 1) * 10000 ** (-j / Math.max(half - 1, 1));
      rows[step * width + j] = Math.sin(angle);
      rows[step * width + half + j] = Math.cos(angle);
    }
  }
  return rows;
}

/** sqrt(D) x + positions, as fairseq embeds a sequence: [B, T, D] -> [B, T, D]. */
export function withPositions(x: tf.Tensor): tf.Tensor {
  const [, time, width] = x.shape as [number, number, number];
  return tf.add(tf.mul(x, Math.sqrt(width)), tf.tensor3d(sinusoids(time, width), [1, time, width]));
}
