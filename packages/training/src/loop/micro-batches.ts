/** How an epoch is cut into micro-batches. */
import type { TrainingSettings } from '@interfuse/core';

type Cut = Pick<TrainingSettings, 'batchSize' | 'accumulate' | 'accumulationTail'>;

/**
 * Rows of each micro-batch, in order.
 *
 * A smaller rest makes a last micro-batch, but for two cases: a rest of one sample (a batch norm has no variance there),
 * and accumulation, where every micro-batch has the same weight, unless its tail is dropped. It stays if there is nothing
 * else.
 */
export function microBatches(order: Int32Array, { batchSize, accumulate, accumulationTail }: Cut): number[][] {
  const whole = Math.floor(order.length / batchSize);
  const batches = Array.from({ length: whole }, (_, i) => [...order.subarray(i * batchSize, (i + 1) * batchSize)]);
  const rest = [...order.subarray(whole * batchSize)];
  const counts = accumulate === 1 || accumulationTail === 'drop';
  if (rest.length > 0 && (whole === 0 || (rest.length > 1 && counts))) batches.push(rest);
  return batches;
}

export interface EpochLength {
  /** Micro-batches. */
  readonly batches: number;
  /** Optimizer steps. */
  readonly updates: number;
  /** Micro-batches at the end whose gradients are thrown away. */
  readonly dropped: number;
}

/** The length of an epoch over so many samples. */
export function epochLength(samples: number, cut: Cut): EpochLength {
  const batches = microBatches(new Int32Array(samples), cut).length;
  const dropped = cut.accumulationTail === 'drop' ? batches % cut.accumulate : 0;
  return { batches, updates: Math.ceil((batches - dropped) / cut.accumulate), dropped };
}
