/** Batches in few lengths: all sequences of a batch are cut to the same quarter of their full lengths. */
import type { HostTensor } from '@interfuse/core';

/** A compiling engine compiles once for each of them, whatever the number of sequences in a batch. */
const buckets = 4;

/**
 * How many quarters of its full length every sequence of a batch gets: the fewest that all fit in, the same for text and
 * streams.
 *
 * @param shares of their full lengths that the longest text and the longest of each stream take
 */
export function quartersFor(shares: readonly number[]): number {
  return Math.ceil(Math.max(0, ...shares) * buckets) || 1;
}

/** The length that is left of a full one. */
export function bucketLength(full: number, quarters: number): number {
  return Math.ceil((full * quarters) / buckets);
}

/** The share of the full length that the longest sequence takes. */
export function shareTaken({ shape, data }: HostTensor): number {
  const [batch, length] = shape as [number, number];
  let most = 0;
  for (let row = 0; row < batch; row += 1) {
    most = Math.max(most, data.subarray(row * length, (row + 1) * length).lastIndexOf(1) + 1);
  }
  return most / length;
}

/** [B, S] -> [B, kept]. */
export function cutSteps({ shape, type, data }: HostTensor, kept: number): HostTensor {
  const [batch, length] = shape as [number, number];
  const values = data.slice(0, batch * kept);
  for (let row = 1; row < batch; row += 1) values.set(data.subarray(row * length, row * length + kept), row * kept);
  return { shape: [batch, kept], type, data: values };
}
