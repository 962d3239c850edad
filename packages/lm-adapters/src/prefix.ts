/** Text alone through the first blocks of a decoder: the one part that the host may memoise. */
import type { Frame, Pass, TextInput } from '@interfuse/core';
import { causalFrame } from '@interfuse/nn';
import type * as tf from '@tensorflow/tfjs';

/** The part of a language model that a text passes, over parameters of any type. */
interface Walk<P> {
  embed(params: P, tokens: tf.Tensor): tf.Tensor;
  begin(params: P, hidden: tf.Tensor, frame: Frame): tf.Tensor;
  block(params: P, index: number, hidden: tf.Tensor, frame: Frame): { hidden: tf.Tensor };
}

/**
 * Text at positions 0 to L-1 through embedding, `begin` and the first `depth` blocks: [B, L, width]. Every token reads
 * the real tokens up to itself. What the host has memoised for this very depth is taken from `text.prefix`.
 */
export function prefix<P>(model: Walk<P>, params: P, text: TextInput, depth: number, pass: Pass): tf.Tensor {
  if (text.prefix?.depth === depth) return text.prefix.hidden;
  const frame = causalFrame(text.mask, pass);
  let hidden = model.begin(params, model.embed(params, text.tokens), frame);
  for (let index = 0; index < depth; index += 1) hidden = model.block(params, index, hidden, frame).hidden;
  return hidden;
}
