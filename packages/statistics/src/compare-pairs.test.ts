/**
 * The tests of pairs, tried on error arrays whose truth is known. Variance components are those of a real comparison on
 * `staged`; the simulations are seeded, so that what passes once passes always.
 */
import { describe, expect, it } from 'vitest';
import { comparePairs } from './compare-pairs.js';
import { Draws } from './draws.js';
import { type SimulatedComponents, simulateErrors } from './simulated-errors.test-support.js';

const simulations = 2000;

/** As `varianceComponentsOf` finds them in the seven strategies of the default comparison (100 groups of 6 items). */
const real: Omit<SimulatedComponents, 'means'> = {
  seedDeviations: [0.021, 0.072, 0.025, 0.021, 0.003, 0.016, 0.009],
  seeds: 3,
  groupSizes: new Array<number>(100).fill(6),
  group: 0.16,
  strategyByGroup: 0.085,
  strategyByItem: 0.53,
  rest: 0.35,
};

function shares(means: readonly number[], components: Partial<SimulatedComponents> = {}) {
  const draws = new Draws(11);
  const isNull = (one: string, other: string) => truth(means, one) === truth(means, other);
  let familyWise = 0;
  let detected = 0;
  let different = 0;
  let covered = 0;
  let intervals = 0;
  for (let round = 0; round < simulations; round += 1) {
    const pairs = comparePairs(simulateErrors({ ...real, ...components, means }, draws));
    const rejected = pairs.filter(({ verdict }) => verdict === 'different');
    familyWise += Number(rejected.some(({ one, other }) => isNull(one, other)));
    detected += rejected.filter(({ one, other }) => !isNull(one, other)).length;
    different += pairs.filter(({ one, other }) => !isNull(one, other)).length;
    for (const { one, other, interval } of pairs) {
      const difference = truth(means, one) - truth(means, other);
      covered += Number(interval[0] <= difference && difference <= interval[1]);
      intervals += 1;
    }
  }
  return { familyWise: familyWise / simulations, power: detected / different, coverage: covered / intervals };
}

function truth(means: readonly number[], name: string): number {
  return means[Number(name.replace('strategy ', '')) - 1] as number;
}

const seven = (first: number, others: number) => [first, ...new Array<number>(6).fill(others)];

describe('the test of all pairs, over 2,000 simulated comparisons', () => {
  it('claims a difference where there is none in at most 6 % of them', () => {
    const { familyWise, coverage } = shares(seven(1, 1));
    expect(familyWise).toBeLessThanOrEqual(0.06);
    expect(coverage).toBeGreaterThanOrEqual(0.93);
    expect(coverage).toBeLessThanOrEqual(0.97);
  });

  it('keeps to that where some strategies do differ', () => {
    const { familyWise, coverage } = shares([1, 1.3, 1, 1.3, 1, 1.3, 1]);
    expect(familyWise).toBeLessThanOrEqual(0.06);
    expect(coverage).toBeGreaterThanOrEqual(0.93);
    expect(coverage).toBeLessThanOrEqual(0.97);
  });

  it('keeps to that with two strategies, and with few groups', () => {
    expect(shares([1, 1]).familyWise).toBeLessThanOrEqual(0.06);
    expect(shares(seven(1, 1), { groupSizes: new Array<number>(12).fill(25) }).familyWise).toBeLessThanOrEqual(0.06);
  });

  it('finds at least 80 % of the differences of 0.2 in the mean error', () => {
    expect(shares(seven(1, 1.2)).power).toBeGreaterThanOrEqual(0.8);
  });
});

describe('a pair', () => {
  const draws = new Draws(4);
  const near = simulateErrors(
    { ...real, seedDeviations: [0.005, 0.005], means: [1, 1.001], strategyByGroup: 0, strategyByItem: 0, rest: 0.05 },
    draws,
  );

  it('is equivalent only at a margin that was declared', () => {
    expect(comparePairs(near)[0]?.verdict).toBe('undecided');
    expect(comparePairs(near, { margin: 0.05 })[0]).toMatchObject({ verdict: 'equivalent' });
    expect(comparePairs(near, { margin: 1e-4 })[0]).toMatchObject({ verdict: 'undecided' });
  });

  it('is untested with one seed each, or with one group', () => {
    const once = simulateErrors({ ...real, seeds: 1, means: [1, 2] }, draws);
    expect(comparePairs(once)[0]).toMatchObject({ verdict: 'untested', p: Number.NaN });
    const together = simulateErrors({ ...real, groupSizes: [50], means: [1, 2] }, draws);
    expect(comparePairs(together)[0]).toMatchObject({ verdict: 'untested', p: Number.NaN });
  });

  it('of a strategy and itself has no difference', () => {
    const { strategies, groups } = near;
    const [one] = strategies as [(typeof strategies)[number]];
    const [pair] = comparePairs({ strategies: [one, { ...one, name: 'again' }], groups });
    expect(pair).toMatchObject({ difference: 0, verdict: 'undecided' });
  });

  it('may have a different number of seeds on each side', () => {
    const { strategies, groups } = simulateErrors({ ...real, seeds: 5, means: [1, 1.5] }, draws);
    const [one, other] = strategies as [(typeof strategies)[number], (typeof strategies)[number]];
    const fewer = { ...other, errors: other.errors.slice(0, 2) };
    const [pair] = comparePairs({ strategies: [one, fewer], groups });
    expect(pair?.verdict).toBe('different');
    expect(pair?.interval[0]).toBeLessThan(-0.5);
    expect(pair?.interval[1]).toBeGreaterThan(-0.5);
  });

  it('has a standard error of the formula', () => {
    const [pair] = comparePairs(near) as [ReturnType<typeof comparePairs>[number]];
    const { seeds, items } = pair.parts;
    expect(pair.standardError ** 2).toBeCloseTo(seeds[0] + seeds[1] + items, 14);
  });
});
