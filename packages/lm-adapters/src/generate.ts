/** Text from a language model, token after token, through the contract that fusion strategies use. */
import type { Engine, LanguageModel, Step } from '@interfuse/core';
import { createRandom, drawKey, flattenLeaves, hashString, nestTensors, uniformAt } from '@interfuse/nn';
import * as tf from '@tensorflow/tfjs';
import { type Choice, chooseToken } from './choose-token.js';

export type { Choice } from './choose-token.js';

export interface GenerationSettings extends Choice {
  /** Tokens to add, at most. */
  readonly count: number;
  /** Tokens that end a text: generation stops before it gives one. */
  readonly end?: readonly number[];
  /** Of what is drawn: the same seed, the same text. Default: 0. */
  readonly seed?: number;
}

/**
 * Gives the tokens that follow the prompt as they are found.
 *
 * @param prompt token ids, at least one; prompt and count together fit the context of the model
 */
export async function* generateTokens(
  model: LanguageModel,
  engine: Engine,
  prompt: readonly number[],
  { count, end = [], seed = 0, ...choice }: GenerationSettings,
): AsyncGenerator<number> {
  const length = prompt.length + count;
  const draw = drawKey(hashString('generate', seed), 0, 0);
  const store = engine.createStore();
  try {
    await store.allocate(flattenLeaves({ model: model.parameters }), 0);
    const program = engine.compile(nextToken(model), store);
    // One length for all steps, so that one program serves them: what is not yet written is masked.
    const tokens = new Int32Array(length);
    const mask = new Uint8Array(length);
    tokens.set(prompt);
    mask.fill(1, 0, prompt.length);
    for (let position = prompt.length; position < length; position += 1) {
      const { logits } = await program.run({
        tokens: { shape: [1, length], type: 'int32', data: tokens },
        mask: { shape: [1, length], type: 'bool', data: mask },
        last: { shape: [1], type: 'int32', data: Int32Array.of(position - 1) },
      });
      const token = chooseToken(logits?.data as Float32Array, choice, uniformAt(draw, position));
      if (end.includes(token)) return;
      tokens[position] = token;
      mask[position] = 1;
      yield token;
    }
  } finally {
    store.dispose?.();
  }
}

/**
 * Always the likeliest next token.
 *
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
  const all = [...prompt];
  for await (const token of generateTokens(model, engine, prompt, { count })) all.push(token);
  return all;
}

/** tokens [1, T], mask [1, T], last [1] -> what may follow the token at this position: logits [vocabulary]. */
function nextToken(model: LanguageModel): Step {
  return {
    name: 'generate',
    run(variables, inputs) {
      const { model: params } = nestTensors({ model: model.parameters }, variables);
      const now = tf.scalar(0, 'int32');
      const pass = { training: false, epoch: now, random: createRandom(0, now) };
      const { tokens, mask, last } = inputs as { tokens: tf.Tensor; mask: tf.Tensor; last: tf.Tensor1D };
      const text = { tokens, mask, present: tf.any(mask, 1) };
      const hidden = model.prefix(params, text, model.config.layers, pass); // [1, T, d]
      const spoken = tf.gather(hidden, last, 1); // [1, 1, d]
      const logits = model.logits(params, model.norm(params, spoken)); // [1, 1, vocabulary]
      return { updates: {}, outputs: { logits: tf.reshape(logits, [-1]) } };
    },
  };
}
