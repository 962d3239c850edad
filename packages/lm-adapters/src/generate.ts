/** Greedy decoding: the likeliest next token, again and again, through the contract of language models. */
import type { Engine, LanguageModel, Step } from '@interfuse/core';
import { createRandom, flattenLeaves, nestTensors } from '@interfuse/nn';
import * as tf from '@tensorflow/tfjs';

/**
 * @param prompt token ids, at least one
 * @param count of tokens to add
 * @returns the prompt and what follows it
 */
export async function greedyDecode(
  model: LanguageModel,
  engine: Engine,
  prompt: readonly number[],
  count: number,
): Promise<number[]> {
  const length = prompt.length + count;
  const store = engine.createStore();
  await store.allocate(flattenLeaves({ model: model.parameters }), 0);
  const program = engine.compile(nextTokens(model), store);

  // One length for all steps, so that one program serves them: what is not yet written is masked.
  const tokens = new Int32Array(length);
  const mask = new Uint8Array(length);
  tokens.set(prompt);
  mask.fill(1, 0, prompt.length);
  for (let position = prompt.length; position < length; position += 1) {
    const { next } = await program.run({
      tokens: { shape: [1, length], type: 'int32', data: tokens },
      mask: { shape: [1, length], type: 'bool', data: mask },
    });
    tokens[position] = next?.data[position - 1] as number;
    mask[position] = 1;
  }
  store.dispose?.();
  return Array.from(tokens);
}

/** tokens [1, T], mask [1, T] -> the likeliest token after each: next [T]. */
function nextTokens(model: LanguageModel): Step {
  return {
    name: 'decode',
    run(variables, inputs) {
      const { model: params } = nestTensors({ model: model.parameters }, variables);
      const now = tf.scalar(0, 'int32');
      const pass = { training: false, epoch: now, random: createRandom(0, now) };
      const { tokens, mask } = inputs as { tokens: tf.Tensor; mask: tf.Tensor };
      const text = { tokens, mask, present: tf.any(mask, 1) };
      const hidden = model.prefix(params, text, model.config.layers, pass); // [1, T, d]
      const logits = model.logits(params, model.norm(params, hidden)); // [1, T, vocabulary]
      return { updates: {}, outputs: { next: tf.reshape(tf.argMax(logits, 2), [-1]) } };
    },
  };
}
