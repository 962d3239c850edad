/** What holding a language model in fewer bits costs: errors of its weights, of its logits and of its next-token loss. */
import type { Engine, HostTensor, LanguageModel, Leaf, Step } from '@interfuse/core';
import { createRandom, flattenLeaves, leafSize, nestTensors } from '@interfuse/nn';
import { heldBytes } from '@interfuse/safetensors';
import * as tf from '@tensorflow/tfjs';
import { loadLanguageModel } from './load.js';
import type { ModelPrecision } from './precision.js';
import { loadTokenizer } from './tokenizer.js';

export interface PrecisionLoss {
  /** Bytes of the matrices as they are held, scales included. */
  readonly bytes: number;
  /** Of the matrices: the norm of all errors over that of all weights, and the largest error. */
  readonly weights: { readonly relative: number; readonly largest: number };
  /** Differences of logits, over all tokens of the text. */
  readonly logits: { readonly mean: number; readonly largest: number };
  /** Mean negative log-likelihood of the next token, in nats; its exponential is the perplexity. */
  readonly loss: { readonly stored: number; readonly held: number };
  /** Share of tokens after which the likeliest next one is another. */
  readonly changedTokens: number;
  /** Tokens of the text. */
  readonly tokens: number;
}

/** The opening of Pride and Prejudice (Jane Austen, 1813). */
export const sampleText =
  'It is a truth universally acknowledged, that a single man in possession of a good fortune, must be in want of a wife. However little known the feelings or views of such a man may be on his first entering a neighbourhood, this truth is so well fixed in the minds of the surrounding families, that he is considered the rightful property of some one or other of their daughters.';

/**
 * Computes a text with the weights as they are stored and as they would be held.
 *
 * @param folder of a Hugging Face checkpoint with its tokenizer
 * @param text whose tokens beyond the model's context are left out
 * @throws LANGUAGE_MODEL_INVALID, SAFETENSORS_TENSOR for weights that cannot be held so
 */
export async function measurePrecision(
  folder: string,
  precision: ModelPrecision,
  engine: Engine,
  text = sampleText,
): Promise<PrecisionLoss> {
  const model = await loadLanguageModel(folder);
  const { vocabulary, contextLength } = model.config;
  const tokens = (await loadTokenizer(folder, vocabulary)).encode(text).slice(0, contextLength);
  const stored = await readText(model, tokens, engine);
  const held = await readText(await loadLanguageModel(folder, { precision }), tokens, engine);
  try {
    const differences = stored.logits.map((logit, i) => Math.abs(logit - (held.logits[i] as number)));
    const best = (logits: Float32Array) => tokens.map((_, at) => likeliest(rowAt(logits, at, vocabulary)));
    const [before, after] = [best(stored.logits), best(held.logits)];
    return {
      bytes: [...held.matrices.values()].reduce((sum, leaf) => sum + bytesOf(leaf), 0),
      weights: await weightErrors(stored, held),
      logits: { mean: mean(differences), largest: largest(differences) },
      loss: {
        stored: nextTokenLoss(stored.logits, tokens, vocabulary),
        held: nextTokenLoss(held.logits, tokens, vocabulary),
      },
      changedTokens: mean(before.map((token, at) => (token === after[at] ? 0 : 1))),
      tokens: tokens.length,
    };
  } finally {
    for (const { store } of [stored, held]) store.dispose?.();
  }
}

interface Reading {
  /** [T, vocabulary] in row-major order. */
  readonly logits: Float32Array;
  readonly store: ReturnType<Engine['createStore']>;
  /** Leaves that are held in a precision of their choice, by path. */
  readonly matrices: ReadonlyMap<string, Leaf>;
}

async function readText(model: LanguageModel, tokens: readonly number[], engine: Engine): Promise<Reading> {
  const store = engine.createStore();
  const leaves = flattenLeaves({ model: model.parameters });
  await store.allocate(leaves, 0);
  const shape = [1, tokens.length];
  const { logits } = await engine.compile(logitsOf(model), store).run({
    tokens: { shape, type: 'int32', data: Int32Array.from(tokens) },
    mask: { shape, type: 'bool', data: new Uint8Array(tokens.length).fill(1) },
  });
  const matrices = new Map([...leaves].filter(([, { precision }]) => precision !== undefined));
  return { logits: (logits as HostTensor).data as Float32Array, store, matrices };
}

/** tokens [1, T], mask [1, T] -> logits [1, T, vocabulary]. */
function logitsOf(model: LanguageModel): Step {
  return {
    name: 'logits',
    run(variables, inputs) {
      const { model: params } = nestTensors({ model: model.parameters }, variables);
      const now = tf.scalar(0, 'int32');
      const pass = { training: false, epoch: now, random: createRandom(0, now) };
      const { tokens, mask } = inputs as { tokens: tf.Tensor; mask: tf.Tensor };
      const hidden = model.prefix(params, { tokens, mask, present: tf.any(mask, 1) }, model.config.layers, pass);
      return { updates: {}, outputs: { logits: model.logits(params, model.norm(params, hidden)) } };
    },
  };
}

/** One matrix at a time is in memory. */
async function weightErrors(stored: Reading, held: Reading): Promise<PrecisionLoss['weights']> {
  let [errors, squares, worst] = [0, 0, 0];
  for (const path of held.matrices.keys()) {
    const read = async ({ store }: Reading) => (await store.read([path]))[path]?.data as Float32Array;
    const [exact, reduced] = [await read(stored), await read(held)];
    for (let i = 0; i < exact.length; i += 1) {
      const weight = exact[i] as number;
      const error = Math.abs(weight - (reduced[i] as number));
      errors += error ** 2;
      squares += weight ** 2;
      worst = Math.max(worst, error);
    }
  }
  return { relative: squares === 0 ? 0 : Math.sqrt(errors / squares), largest: worst };
}

function bytesOf(leaf: Leaf): number {
  return heldBytes(leaf.precision ?? 'float32', leafSize(leaf));
}

function rowAt(logits: Float32Array, at: number, vocabulary: number): Float32Array {
  return logits.subarray(at * vocabulary, (at + 1) * vocabulary);
}

function likeliest(row: Float32Array): number {
  return row.indexOf(largest(row));
}

function nextTokenLoss(logits: Float32Array, tokens: readonly number[], vocabulary: number): number {
  return mean(
    tokens.slice(1).map((next, at) => {
      const row = rowAt(logits, at, vocabulary);
      const highest = largest(row);
      const sum = row.reduce((total, logit) => total + Math.exp(logit - highest), 0);
      return Math.log(sum) + highest - (row[next] as number);
    }),
  );
}

function mean(values: Float32Array | readonly number[]): number {
  let sum = 0;
  for (const value of values) sum += value;
  return sum / values.length;
}

function largest(values: Float32Array): number {
  return values.reduce((highest, value) => Math.max(highest, value), Number.NEGATIVE_INFINITY);
}
