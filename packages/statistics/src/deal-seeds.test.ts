/** The A/A test counts what is declared: nothing where seeds are alike, and something where they are not. */
import { describe, expect, it } from 'vitest';
import { countFalseClaims } from './deal-seeds.js';
import { Draws } from './draws.js';
import { simulateErrors } from './simulated-errors.test-support.js';

const simulated = simulateErrors(
  {
    means: [1],
    seedDeviations: [0.05],
    seeds: 20,
    groupSizes: new Array<number>(60).fill(3),
    group: 0.3,
    strategyByGroup: 0.1,
    strategyByItem: 0.1,
    rest: 0.1,
  },
  new Draws(4),
);
const [strategy] = simulated.strategies as [(typeof simulated.strategies)[0]];
const { groups } = simulated;

describe('the seeds of one strategy, dealt into fake strategies', () => {
  it('are all dealt, and differ by nothing', () => {
    const { strategies, seeds, inOrder, claims, deals } = countFalseClaims(
      { strategy, groups },
      { strategies: 4, deals: 300 },
    );
    expect([strategies, seeds, inOrder.length, deals]).toEqual([4, 5, 6, 300]);
    expect(inOrder.map(({ verdict }) => verdict)).toEqual(new Array(6).fill('undecided'));
    expect(claims / deals).toBeLessThanOrEqual(0.06);
  });

  it('differ in order where the later ones are worse, and less often when they are mixed', () => {
    const errors = strategy.errors.map((own, seed) => (seed < 10 ? own : own.map((error) => error + 0.5)));
    const { inOrder, claims, deals } = countFalseClaims(
      { strategy: { name: 'broken', errors }, groups },
      { strategies: 2, deals: 100 },
    );
    expect(inOrder.map(({ verdict }) => verdict)).toEqual(['different']);
    expect(claims).toBeLessThan(deals / 4);
  });

  it('are dealt in the same way again', () => {
    const once = () => countFalseClaims({ strategy, groups }, { strategies: 10, deals: 50, seed: 1 });
    expect(once()).toEqual(once());
  });

  it('that are too few are refused', () => {
    expect(() => countFalseClaims({ strategy, groups }, { strategies: 11 })).toThrow(RangeError);
  });
});
