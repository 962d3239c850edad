/** Resampling of a stream to a fixed number of steps, each the mean of some of its frames. */
import * as tf from '@tensorflow/tfjs';

export interface Frames {
  /** [B, S, D], zero where the mask is false. */
  readonly values: tf.Tensor;
  /** [B, S] bool. */
  readonly mask: tf.Tensor;
}

/** `local`: equal spans of neighbouring frames. `strided`: frames t, t + T, t + 2T, ... of the padded stream. */
export type Alignment = 'local' | 'strided';

/**
 * Frames [B, S, D] -> steps [B, T, D].
 *
 * Every step is the mean of the frames that are assigned to it and are real; a step without any is masked.
 *
 * @param steps T; null keeps the frames as they are
 */
export function resample(frames: Frames, steps: number | null, align: Alignment): Frames {
  if (steps === null) return frames;
  const length = frames.mask.shape[1] as number;
  const real = tf.cast(frames.mask, 'float32'); // [B, S]
  const assignment = align === 'local' ? localAssignment(real, steps) : stridedAssignment(length, steps);
  const weights = tf.mul(assignment, tf.expandDims(real, 1)); // [B, T, S]
  const count = tf.sum(weights, 2, true); // [B, T, 1]
  return {
    values: tf.div(tf.matMul(weights, frames.values), tf.maximum(count, 1)), // [B, T, D]
    mask: tf.greater(tf.squeeze(count, [2]), 0), // [B, T]
  };
}

/**
 * Frame s of n real ones belongs to step floor(s T / max(n, T)): spans of equal length however much padding follows; a
 * sample of fewer than T frames keeps each as a step of its own. [B, S] -> [B, T, S]
 */
function localAssignment(real: tf.Tensor, steps: number): tf.Tensor {
  const length = real.shape[1] as number;
  const count = tf.maximum(tf.sum(real, 1, true), steps); // [B, 1]
  const span = tf.floor(tf.div(tf.mul(tf.range(0, length), steps), count)); // [B, S]
  return tf.cast(tf.equal(tf.expandDims(span, 1), tf.reshape(tf.range(0, steps), [1, steps, 1])), 'float32');
}

/**
 * The alignment of DeepMLF's released program: the stream is lengthened to a multiple of T with copies of its last
 * frame, and step t is the mean of the frames whose index is t modulo T. [1, T, S], with how often each frame counts.
 */
function stridedAssignment(length: number, steps: number): tf.Tensor {
  const assignment = new Float32Array(steps * length);
  const lengthened = Math.ceil(length / steps) * steps;
  for (let index = 0; index < lengthened; index += 1) {
    const cell = (index % steps) * length + Math.min(index, length - 1);
    assignment[cell] = (assignment[cell] as number) + 1;
  }
  return tf.tensor3d(assignment, [1, steps, length]);
}
