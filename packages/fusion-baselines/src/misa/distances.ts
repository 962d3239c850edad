/**
 * How alike distributions are, and how far from orthogonal: the two distances of MISA (Hazarika et al. 2020, arXiv
 * 2005.03545). Letters: B samples, D features. Rows of weight 0 do not count.
 */
import * as tf from '@tensorflow/tfjs';

const moments = 5;
/** Keeps the slope of a root finite at zero, where the root stays zero. */
const epsilon = 1e-12;

/** sqrt(x), smooth at zero. */
function smoothRoot(x: tf.Tensor): tf.Tensor {
  return tf.sub(tf.sqrt(tf.add(x, epsilon)), Math.sqrt(epsilon));
}

/** Mean over the rows that count: [B, D], [B, 1] -> [1, D]. */
function meanRow(x: tf.Tensor, weight: tf.Tensor): tf.Tensor {
  return tf.div(tf.sum(tf.mul(x, weight), 0, true), tf.maximum(tf.sum(weight), 1));
}

/**
 * Central moment discrepancy (Zellinger et al. 2017, arXiv 1702.08811), for features between 0 and 1: the distance of the
 * means, and those of the central moments of order 2 to 5. Zero where one side has no rows.
 *
 * @param x, y [B, D]; weightX, weightY [B, 1], 0 or 1
 */
export function centralMomentDiscrepancy(
  [x, weightX]: readonly [tf.Tensor, tf.Tensor],
  [y, weightY]: readonly [tf.Tensor, tf.Tensor],
): tf.Tensor {
  const [meanX, meanY] = [meanRow(x, weightX), meanRow(y, weightY)];
  const [centredX, centredY] = [tf.sub(x, meanX), tf.sub(y, meanY)];
  const distance = (a: tf.Tensor, b: tf.Tensor): tf.Tensor => smoothRoot(tf.sum(tf.square(tf.sub(a, b))));
  const terms = [distance(meanX, meanY)];
  let [powerX, powerY] = [centredX, centredY];
  for (let order = 2; order <= moments; order += 1) {
    [powerX, powerY] = [tf.mul(powerX, centredX), tf.mul(powerY, centredY)];
    terms.push(distance(meanRow(powerX, weightX), meanRow(powerY, weightY)));
  }
  const both = tf.mul(tf.minimum(tf.sum(weightX), 1), tf.minimum(tf.sum(weightY), 1));
  return tf.mul(tf.addN(terms), both);
}

/** Rows less their mean, each of length 1, and zero where they do not count. */
function directions(x: tf.Tensor, weight: tf.Tensor): tf.Tensor {
  const centred = tf.mul(tf.sub(x, meanRow(x, weight)), weight);
  const length = tf.sqrt(tf.add(tf.sum(tf.square(centred), 1, true), epsilon));
  return tf.div(centred, length);
}

/**
 * Mean square of the entries of X^T Y, X and Y being the rows [B, D] less their mean, each of length 1: zero where every
 * feature of x is orthogonal to every feature of y over the batch.
 *
 * @param weight [B, 1], 0 or 1: the samples that have both
 */
export function softOrthogonality(x: tf.Tensor, y: tf.Tensor, weight: tf.Tensor): tf.Tensor {
  const product = tf.matMul(directions(x, weight) as tf.Tensor2D, directions(y, weight) as tf.Tensor2D, true);
  return tf.mean(tf.square(product));
}
