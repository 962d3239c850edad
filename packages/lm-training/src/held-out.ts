/** How well a language model predicts a text that it has not seen. */
import type { Engine, LanguageModel, Program } from '@interfuse/core';
import { evaluateStep, modelLeaves, scalarInt } from '@interfuse/training/loop';
import { nextTokenModule } from './next-token.js';
import { batchOf, heldOutWindows } from './texts/windows.js';

export interface HeldOutText {
  /** Token ids in a row. */
  readonly packed: Int32Array;
  /** Bytes of the texts in UTF-8, ends of texts not counted. */
  readonly bytes: number;
  readonly padToken: number;
}

export interface HeldOutFigures {
  /** Mean cross-entropy of a token in nats. */
  readonly loss: number;
  /** exp(loss): of tokens of this vocabulary, so that it compares models of one tokenizer only. */
  readonly perplexity: number;
  /** Bits that predicting takes for each byte of text: it compares models of any tokenizer. */
  readonly bitsPerByte: number;
}

interface Shape {
  readonly contextLength: number;
  readonly batchSize: number;
}

/** Every token but the first is predicted once, from those before it in its window. */
export async function measureWith(
  evaluate: Program,
  { packed, bytes, padToken }: HeldOutText,
  { contextLength: slots, batchSize: rows }: Shape,
  signal?: AbortSignal,
): Promise<HeldOutFigures> {
  const windows = heldOutWindows(packed, slots);
  let sum = 0;
  for (let first = 0; first < windows.length; first += rows) {
    const some = windows.slice(first, first + rows);
    const batch = batchOf(packed, some, { rows, slots, padToken });
    const { prediction } = await evaluate.run({ ...batch, epoch: scalarInt(0) });
    const predictions = some.reduce((total, { length }) => total + length - 1, 0);
    sum += (prediction?.data[0] as number) * predictions;
    signal?.throwIfAborted();
  }
  const loss = sum / (packed.length - 1);
  return { loss, perplexity: Math.exp(loss), bitsPerByte: sum / Math.LN2 / bytes };
}

/** The same for a model that is to be loaded first. */
export async function measureHeldOut(
  engine: Engine,
  model: LanguageModel,
  text: HeldOutText,
  shape: Partial<Shape> = {},
): Promise<HeldOutFigures> {
  const module = nextTokenModule(model);
  const store = engine.createStore();
  await store.allocate(modelLeaves(module), 0);
  const evaluate = engine.compile(evaluateStep({ module, seed: 0 }), store);
  try {
    return await measureWith(evaluate, text, { contextLength: model.config.contextLength, batchSize: 8, ...shape });
  } finally {
    store.dispose?.();
  }
}
