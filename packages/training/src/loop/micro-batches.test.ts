import { describe, expect, it } from 'vitest';
import { epochLength, microBatches } from './micro-batches.js';

const accumulationTail = 'keep';
const sizes = (samples: number, batchSize: number, accumulate: number): number[] =>
  microBatches(new Int32Array(samples), { batchSize, accumulate, accumulationTail }).map((rows) => rows.length);

describe('the micro-batches of an epoch', () => {
  it('keep the order of the rows', () => {
    expect(microBatches(Int32Array.of(3, 0, 2, 1, 4), { batchSize: 3, accumulate: 1, accumulationTail })).toEqual([
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
    const cut = { batchSize: 4, accumulationTail } as const;
    expect(epochLength(20, { ...cut, accumulate: 2 })).toEqual({ batches: 5, updates: 3, dropped: 0 });
    expect(epochLength(20, { ...cut, accumulate: 1 })).toEqual({ batches: 5, updates: 5, dropped: 0 });
  });

  // Splits as MMSA has them; 32 a batch and 8 (4 in pre-training) an update, as DeepMLF's authors train.
  it.each([
    ['MOSI', 1284, { batches: 41, updates: 5, dropped: 1 }, { batches: 41, updates: 10, dropped: 1 }],
    ['MOSEI', 16326, { batches: 511, updates: 63, dropped: 7 }, { batches: 511, updates: 127, dropped: 3 }],
    ['CH-SIMS', 1368, { batches: 43, updates: 5, dropped: 3 }, { batches: 43, updates: 10, dropped: 3 }],
  ])('of %s, with their tail dropped, are those of the authors', (_, samples, main, pretraining) => {
    const cut = { batchSize: 32, accumulationTail: 'drop' } as const;
    expect(epochLength(samples, { ...cut, accumulate: 8 })).toEqual(main);
    expect(epochLength(samples, { ...cut, accumulate: 4 })).toEqual(pretraining);
  });

  it('with their tail dropped end in the smaller rest, which passes the model', () => {
    const last = microBatches(new Int32Array(1284), { batchSize: 32, accumulate: 8, accumulationTail: 'drop' }).at(-1);
    expect(last).toHaveLength(4);
  });
});
