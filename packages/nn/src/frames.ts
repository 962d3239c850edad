/** The frame of a sequence that a decoder reads from left to right. */
import type { Frame, Pass } from '@interfuse/core';
import * as tf from '@tensorflow/tfjs';
import { causalMask, keyMask } from './masks.js';

/**
 * Positions 0 to T-1, and every slot reads the real slots up to itself.
 *
 * @param mask [B, T] bool: which slots are real
 */
export function causalFrame(mask: tf.Tensor, pass: Pass): Frame {
  const time = mask.shape[1] as number;
  return {
    positions: tf.range(0, time, 1, 'int32'),
    allowed: tf.logicalAnd(causalMask(time), keyMask(mask)), // [B, T, T]
    pass,
  };
}
