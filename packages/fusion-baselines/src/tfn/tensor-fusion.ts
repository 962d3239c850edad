/** The tensor fusion layer (Zadeh et al. 2017, arXiv 1707.07250, section 4.2). */
import * as tf from '@tensorflow/tfjs';

/** [z ; 1]: [B, width] -> [B, width + 1]. */
export function withOne(z: tf.Tensor): tf.Tensor {
  return tf.concat([z, tf.ones([z.shape[0] as number, 1])], 1);
}

/**
 * The outer product of [z ; 1] of all modalities, flattened with the last of them fastest: [B, product of (width + 1)].
 *
 * It holds every product of features of one, two, ... and all modalities, and at last the constant 1.
 */
export function tensorFusion(vectors: readonly tf.Tensor[]): tf.Tensor {
  const [first, ...others] = vectors.map(withOne) as [tf.Tensor, ...tf.Tensor[]];
  return others.reduce((product, z) => {
    const outer = tf.mul(tf.expandDims(product, 2), tf.expandDims(z, 1)); // [B, so far, width + 1]
    const [batch, ...sides] = outer.shape as [number, number, number];
    return tf.reshape(outer, [batch, sides[0] * sides[1]]);
  }, first);
}
