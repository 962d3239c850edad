/** Means of attention, against numbers worked out by hand. */
import type { HostTensor } from '@interfuse/core';
import { describe, expect, it } from 'vitest';
import { AttentionMean, gridAxes, maskedGrid, sampleMap } from './attention-mean.js';

function tensor(shape: readonly number[], values: readonly number[]): HostTensor {
  return { shape, type: 'float32', data: Float32Array.from(values) };
}

const axes = ['sample', 'head', 'token', 'step'];

describe('the map of a sample', () => {
  it('is the mean over its heads', () => {
    // Two samples, two heads, one token, three steps.
    const attention = tensor([2, 2, 1, 3], [0.5, 0.5, 0, 0.25, 0.75, 0, 1, 0, 0, 1, 0, 0]);
    expect(maskedGrid(sampleMap(attention, axes, 0, undefined))).toEqual([[0.375, 0.625]]);
    expect(maskedGrid(sampleMap(attention, axes, 1, undefined))).toEqual([[1]]);
  });

  it('follows the axes by their names, wherever the heads are', () => {
    const attention = tensor([1, 2, 2, 2], [0, 1, 1, 0, 0.5, 0.5, 0.5, 0.5]);
    const found = sampleMap(attention, ['sample', 'token', 'step', 'head'], 0, undefined);
    expect(maskedGrid(found)).toEqual([
      [0.5, 0.5],
      [0.5, 0.5],
    ]);
  });

  it('takes masked words from the mask of the text: a word that nobody reads is no padding', () => {
    const attention = tensor([1, 1, 1, 4], [0.5, 0, 0.5, 0]);
    const map = sampleMap(attention, ['sample', 'head', 'token', 'word'], 0, [true, true, true, false]);
    expect(maskedGrid(map)).toEqual([[0.5, 0, 0.5]]);
  });

  it('is a grid, a row, or nothing', () => {
    expect(gridAxes(axes)).toEqual(['token', 'step']);
    expect(gridAxes(['sample', 'feature'])).toEqual(['', 'feature']);
    expect(gridAxes(['gate'])).toBeUndefined();
    expect(gridAxes(['sample', 'token', 'word', 'step'])).toBeUndefined();
  });
});

describe('the mean over samples', () => {
  it('leaves masked positions out of every cell, whatever the padding of a batch', () => {
    const mean = new AttentionMean('attention', ['token', 'step']);
    mean.add(sampleMap(tensor([1, 1, 1, 4], [0.5, 0.5, 0, 0]), axes, 0, undefined));
    mean.add(sampleMap(tensor([1, 1, 1, 3], [0.2, 0.2, 0.6]), axes, 0, undefined));
    const { mean: grid, samples } = mean.result();
    expect(grid).toEqual([[0.35, 0.35, 0.6]]);
    expect(samples).toEqual([2, 2, 1]);
  });

  it('does not count a sample of which nothing can be read', () => {
    const mean = new AttentionMean('attention', ['token', 'step']);
    mean.add(sampleMap(tensor([1, 1, 1, 2], [0, 0]), axes, 0, undefined));
    expect(mean.result()).toEqual({ name: 'attention', axes: ['token', 'step'], mean: [], samples: [] });
    mean.add(sampleMap(tensor([1, 1, 1, 2], [0.5, 0.5]), axes, 0, undefined));
    expect(mean.result()).toMatchObject({ mean: [[0.5, 0.5]], samples: [1, 1] });
  });

  it('tells as how many columns a row is spread: all of them if it is even, one if it looks at one', () => {
    const spreadOf = (row: number[]) => {
      const mean = new AttentionMean('words', ['token', 'word']);
      const words = row.map(() => true);
      mean.add(sampleMap(tensor([1, 1, 1, row.length], row), ['sample', 'head', 'token', 'word'], 0, words));
      return mean.result().spread;
    };
    expect(spreadOf([0.125, 0.125, 0.125, 0.125])).toEqual({ effective: 4, available: 4, share: 0.5 });
    expect(spreadOf([0, 1, 0, 0])).toEqual({ effective: 1, available: 4, share: 1 });
  });
});
