/** How an epoch is cut into micro-batches. */
import type { TrainingSettings } from '@interfuse/core';

type Cut = Pick<TrainingSettings, 'batchSize' | 'accumulate'>;

/**
 * Rows of each micro-batch, in order.
 *
 * A smaller rest makes a last micro-batch, but for two cases: a rest of one sample (a batch norm has no variance there),
 * and accumulation, where every micro-batch has the same weight. It stays if there is nothing else.
 */
export function microBatches(order: Int32Array, { batchSize, accumulate }: Cut): number[][] {
  const whole = Math.floor(order.length / batchSize);
  const batches = Array.from({ length: whole }, (_, i) => [...order.subarray(i * batchSize, (i + 1) * batchSize)]);
  const rest = [...order.subarray(whole * batchSize)];
  if (rest.length > 0 && (whole === 0 || (rest.length > 1 && accumulate === 1))) batches.push(rest);
  return batches;
}

/** Micro-batches and optimizer steps of one epoch over so many samples; an incomplete accumulation is applied, too. */
export function epochLength(samples: number, cut: Cut): { batches: number; updates: number } {
  const batches = microBatches(new Int32Array(samples), cut).length;
  return { batches, updates: Math.ceil(batches / cut.accumulate) };
}
