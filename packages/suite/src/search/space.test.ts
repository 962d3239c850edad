/** The points that a search tries. */
import type { Search } from '@interfuse/core';
import { describe, expect, it } from 'vitest';
import { checkSpace } from './check-space.js';
import { kept, pointsOf, roundsOf } from './space.js';
import { slotAt } from './trials.js';

const search = (changes: Partial<Search>): Search => ({
  method: 'random',
  trials: 40,
  seeds: [101],
  space: { 'training.learningRate': { min: 1e-4, max: 1e-1, log: true }, 'fusion.options.depth': [1, 2, 3] },
  ...changes,
});
const all = () => true;

describe('the points', () => {
  it('of a grid are all combinations, in order', () => {
    const grid = search({
      method: 'grid',
      space: { 'training.learningRate': [0.1, 0.2], 'fusion.options.depth': [1, 2] },
    });
    expect(pointsOf(grid, all).map((point) => Object.values(point))).toEqual([
      [0.1, 1],
      [0.1, 2],
      [0.2, 1],
      [0.2, 2],
    ]);
    expect(() => pointsOf({ ...grid, trials: 3 }, all)).toThrow(/at least 4/);
  });

  it('that are drawn fill a logarithmic range evenly, and a list', () => {
    const points = pointsOf(search({}), all);
    const rates = points.map((point) => point['training.learningRate'] as number);
    expect(rates.every((rate) => rate >= 1e-4 && rate <= 1e-1)).toBe(true);
    // A third of the draws falls into each decade: 40 / 3, within three binomial deviations of 3.
    for (const low of [1e-4, 1e-3, 1e-2]) {
      const within = rates.filter((rate) => rate >= low && rate < 10 * low).length;
      expect(Math.abs(within - 40 / 3)).toBeLessThan(9);
    }
    expect(new Set(points.map((point) => point['fusion.options.depth']))).toEqual(new Set([1, 2, 3]));
  });

  it('are the same for strategies in what they have in common, and another seed draws others', () => {
    const rates = (points: readonly object[]) => points.map((point) => Object.values(point)[0]);
    const both = pointsOf(search({}), all);
    const one = pointsOf(search({}), (path) => path.startsWith('training.'));
    expect(rates(one)).toEqual(rates(both));
    expect(rates(pointsOf(search({ seeds: [7] }), all))).not.toEqual(rates(both));
    expect(one).toHaveLength(both.length);
  });

  it('of whole numbers reach both ends', () => {
    const points = pointsOf(search({ space: { 'training.batchSize': { min: 1, max: 3, integer: true } } }), all);
    expect(new Set(points.map((point) => point['training.batchSize']))).toEqual(new Set([1, 2, 3]));
  });
});

it('halving has rounds of a ninth, a third and all epochs, and lets a third of the points go on', () => {
  expect(roundsOf('halving', 20)).toEqual([3, 7, 20]);
  expect(roundsOf('halving', 2)).toEqual([1, 2]);
  expect(roundsOf('random', 20)).toEqual([20]);
  expect([9, 8, 3, 1].map(kept)).toEqual([3, 3, 1, 1]);
});

it.each([
  [{ 'data.textLength': [1] }, /below training or fusion.options/],
  [{ 'training.learningRate': { min: 1, max: 1 } }, /lower end first/],
  [{ 'training.learningRate': { min: 0, max: 1, log: true } }, /above 0/],
])('the space %j is refused', (space, message) => {
  expect(() => checkSpace(search({ space }))).toThrow(message);
});

it('a grid of ranges and a halving of epochs are refused', () => {
  expect(() => checkSpace(search({ method: 'grid' }))).toThrow(/a list of values/);
  expect(() => checkSpace(search({ method: 'halving', space: { 'training.epochs': [1, 2] } }))).toThrow(/halving/);
});

it('a point changes the options and the training of a slot, and nothing else of it', () => {
  const slot = { use: 'late', adaptation: 'feed-forward', options: { dropout: 0, heads: { width: 4 } } };
  const point = { 'training.learningRate': 0.1, 'fusion.options.heads.width': 8 };
  expect(slotAt(slot, point, 5)).toEqual({
    use: 'late',
    adaptation: 'feed-forward',
    options: { dropout: 0, heads: { width: 8 } },
    training: { learningRate: 0.1, epochs: 5 },
  });
  expect(slotAt(slot, {})).toEqual(slot);
});
