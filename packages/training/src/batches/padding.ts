/** How far the sequences of a batch are padded. */

/**
 * `fixed`: always to the maximum. `invariant`: each sequence to the next multiple of eight. `bucketed`: all sequences of a
 * batch to the same quarter of their maxima, so that few signatures are compiled.
 */
export type Padding = 'fixed' | 'invariant' | 'bucketed';

const bucket = 8;

/** At least one position, at most `maximum`, never less than the longest sequence (which is at most `maximum`). */
export function paddedLength(longest: number, maximum: number, padding: Padding): number {
  if (padding !== 'invariant') return Math.max(maximum, 1);
  return Math.max(Math.min(Math.ceil(Math.max(longest, 1) / bucket) * bucket, maximum), 1);
}
