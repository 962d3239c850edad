/** What of a stream is real: the frames that an encoder works on, with zeros wherever nothing was recorded. */
import type { StreamInput } from '@interfuse/core';
import { type Frames, zeroMasked } from '@interfuse/nn';
import * as tf from '@tensorflow/tfjs';

/** The frames of a stream. A sample that lacks the stream has none; what lies under the mask never matters. */
export function realFrames(stream: StreamInput): Frames {
  const mask = tf.logicalAnd(stream.mask, tf.expandDims(stream.present, 1)); // [B, S]
  return { values: zeroMasked(stream.values, mask), mask };
}

/** The same frames with the padding counted as frames of zeros, for models that were published without masks. */
export function withPadding(frames: Frames): Frames {
  return { values: frames.values, mask: tf.onesLike(frames.mask) };
}
