/** Text alone through the first blocks of a decoder: what depends on nothing but the text, and may be memoised. */
import type { Frame, LanguageModel, Leaves, Pass, Tensors, TextInput } from '@interfuse/core';
import type { Tensor } from '@tensorflow/tfjs';
import { causalFrame } from './frames.js';

/** The parts of a language model that a text passes. */
type Walk<P extends Leaves> = Pick<LanguageModel<P>, 'embed' | 'begin' | 'block'>;

/**
 * Words at positions 0 to L-1 through `begin` and the first `depth` blocks, where every token reads the real tokens up to
 * itself.
 *
 * @param words embeddings [B, L, d]
 * @param mask [B, L] bool: which tokens are real
 * @returns the hidden states after 0, 1, ..., `depth` blocks, [B, L, d] each
 */
export function readAlone<P extends Leaves>(
  model: Walk<P>,
  params: Tensors<P>,
  words: Tensor,
  mask: Tensor,
  depth: number,
  pass: Pass,
): Tensor[] {
  const frame: Frame = causalFrame(mask, pass);
  const states = [model.begin(params, words, frame)];
  for (let index = 0; index < depth; index += 1) {
    states.push(model.block(params, index, states[index] as Tensor, frame).hidden);
  }
  return states;
}

/** `LanguageModel.prefix`: [B, L, d] after `depth` blocks, from what the host has memoised for this depth if it has. */
export function readPrefix<P extends Leaves>(
  model: Walk<P>,
  params: Tensors<P>,
  text: TextInput,
  depth: number,
  pass: Pass,
): Tensor {
  const words = (): Tensor => model.embed(params, text.tokens);
  return text.prefix?.[depth] ?? (readAlone(model, params, words(), text.mask, depth, pass)[depth] as Tensor);
}
