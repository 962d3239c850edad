/** What a strategy takes of floating-point operations, counted from its traced steps: no weight and no stream is read. */
import { countFlops } from '@interfuse/engine-onnx/flops';
import {
  blankBatch,
  evaluateStep,
  modelLeaves,
  scalarFloat,
  scalarInt,
  trainingLeaves,
  trainStep,
} from '@interfuse/training/loop';
import type { RunPlan } from '../experiment/plan.js';

/**
 * Of one example at the full lengths of the data: two for each term of matrix products and convolutions, none for anything
 * else. They are of the method: what runs save who share states of a language model, and what they repeat who compute
 * batches in pieces, makes no difference.
 */
export interface FlopCounts {
  /** Of a prediction, of one example alone. */
  readonly prediction: number;
  /** Of a training step with its forward and backward part, by the example. */
  readonly training: number;
}

/**
 * @param labels names of those that the training split has
 * @returns nothing for a strategy that only eager engines can run
 */
export async function flopCounts(
  { strategy, identity }: Pick<RunPlan, 'strategy' | 'identity'>,
  labels: readonly string[],
): Promise<FlopCounts | undefined> {
  const { module, plugin, languageModel, dataset, settings } = strategy;
  const { spec } = dataset;
  const batchOf = (size: number) =>
    blankBatch({
      size,
      labels,
      streams: spec.streams,
      textLength: identity.data.textLength,
      wordTimes: plugin.requires.wordTimes !== undefined,
      ...(spec.hasText && languageModel !== undefined ? { tokenizer: languageModel.tokenizer } : {}),
    });
  const { batchSize } = settings;
  const counters = { step: scalarInt(0), epoch: scalarInt(0), learningRate: scalarFloat(1) };
  const context = { module, task: spec.task, seed: 0, settings };
  const one = { ...(await batchOf(1)), ...counters };
  const batch = { ...(await batchOf(batchSize)), ...counters };
  try {
    const prediction = countFlops(evaluateStep(context), modelLeaves(module), one);
    const training = countFlops(trainStep(context), trainingLeaves(module, settings), batch);
    return { prediction, training: Math.round(training / batchSize) };
  } catch {
    // Whatever it is that cannot be traced, the engine that can run it has the word.
    return undefined;
  }
}
