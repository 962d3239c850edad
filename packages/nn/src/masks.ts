/** Masks: bool tensors, true where something is real or may be read. */
import * as tf from '@tensorflow/tfjs';

/** [T, T]: slot i may read slots 0 to i. */
export function causalMask(length: number): tf.Tensor {
  const positions = tf.range(0, length, 1, 'int32');
  return tf.greaterEqual(tf.expandDims(positions, 1), tf.expandDims(positions, 0));
}

/** Key mask [B, K] -> [B, 1, K]: every query may read the real keys. */
export function keyMask(mask: tf.Tensor): tf.Tensor {
  return tf.expandDims(mask, 1);
}

/** Mask [B, S] as float32 [B, S, 1], to multiply vectors with. */
export function weights(mask: tf.Tensor): tf.Tensor {
  return tf.expandDims(tf.cast(mask, 'float32'), -1);
}

/** Vectors with zeros wherever the mask is false: [B, S, D]. What lay there, NaN included, is gone. */
export function zeroMasked(values: tf.Tensor, mask: tf.Tensor): tf.Tensor {
  const broad = tf.tile(tf.expandDims(mask, -1), [1, 1, values.shape[2] as number]); // [B, S, D]
  return tf.where(broad, values, tf.zerosLike(values));
}

/** Mean over the real steps: [B, S, D], [B, S] -> [B, D]; zeros where no step is real. */
export function maskedMean(values: tf.Tensor, mask: tf.Tensor): tf.Tensor {
  const count = tf.maximum(tf.sum(tf.cast(mask, 'float32'), 1, true), 1); // [B, 1]
  return tf.div(tf.sum(zeroMasked(values, mask), 1), count);
}

/** The vector at the last real step, for masks that are padded on the right: [B, S, D] -> [B, D]; zeros if none is real. */
export function lastReal(values: tf.Tensor, mask: tf.Tensor): tf.Tensor {
  const steps = mask.shape[1] as number;
  // There is no one-hot vector of one place.
  if (steps === 1) return tf.squeeze(zeroMasked(values, mask), [1]);
  const count = tf.sum(tf.cast(mask, 'int32'), 1); // [B]
  const last = tf.oneHot(tf.cast(tf.sub(count, 1), 'int32') as tf.Tensor1D, steps); // [B, S], all zero for count 0
  return tf.sum(tf.mul(values, tf.expandDims(tf.cast(last, 'float32'), -1)), 1);
}
