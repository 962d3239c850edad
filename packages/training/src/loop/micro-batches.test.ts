import { describe, expect, it } from 'vitest';
import { epochLength, microBatches } from './micro-batches.js';

const sizes = (samples: number, batchSize: number, accumulate: number): number[] =>
  microBatches(new Int32Array(samples), { batchSize, accumulate }).map((rows) => rows.length);

describe('the micro-batches of an epoch', () => {
  it('keep the order of the rows', () => {
    expect(microBatches(Int32Array.of(3, 0, 2, 1, 4), { batchSize: 3, accumulate: 1 })).toEqual([
      [3, 0, 2],
      [1, 4],
    ]);
  });

  it('keep a smaller rest, unless it is a single sample or gradients are accumulated', () => {
    expect(sizes(10, 4, 1)).toEqual([4, 4, 2]);
    expect(sizes(9, 4, 1)).toEqual([4, 4]);
    expect(sizes(10, 4, 2)).toEqual([4, 4]);
  });

  it('are never none', () => {
    expect(sizes(1, 4, 1)).toEqual([1]);
    expect(sizes(3, 4, 2)).toEqual([3]);
    expect(sizes(2, 1, 1)).toEqual([1, 1]);
  });

  it('count an incomplete accumulation as an optimizer step', () => {
    expect(epochLength(20, { batchSize: 4, accumulate: 2 })).toEqual({ batches: 5, updates: 3 });
    expect(epochLength(20, { batchSize: 4, accumulate: 1 })).toEqual({ batches: 5, updates: 5 });
  });
});
