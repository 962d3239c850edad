/**
 * The A/A test: the seeds of one strategy are dealt into fake strategies, among which there is no difference to find.
 * Whatever is declared is false.
 */
import { comparePairs, type PairComparison } from './compare-pairs.js';
import type { CrossedErrors, StrategyErrors } from './crossed-errors.js';
import { Draws, permutation } from './draws.js';

export interface SameStrategy {
  readonly strategy: StrategyErrors;
  /** The group of every item, from 0. */
  readonly groups: readonly number[];
}

export interface DealSettings {
  /** Fake strategies; seeds that do not fill one more are left out. */
  readonly strategies: number;
  /** Random deals beside the one in order. Default: 1000. */
  readonly deals?: number;
  readonly seed?: number;
}

export interface FalseClaims {
  readonly strategies: number;
  /** Of each fake strategy. */
  readonly seeds: number;
  /** Every pair of the deal in order: the first seeds are those of the first fake strategy. */
  readonly inOrder: readonly PairComparison[];
  readonly deals: number;
  /** Random deals in which at least one pair was declared different. */
  readonly claims: number;
}

/** @throws RangeError if a fake strategy were left with less than two seeds */
export function countFalseClaims(
  same: SameStrategy,
  { strategies, deals = 1000, seed = 0 }: DealSettings,
): FalseClaims {
  const all = same.strategy.errors.length;
  const seeds = Math.floor(all / strategies);
  if (seeds < 2) throw new RangeError(`${all} seeds are too few for ${strategies} fake strategies of two and more.`);
  const inOrder = Int32Array.from({ length: all }, (_, index) => index);
  const draws = new Draws(seed);
  let claims = 0;
  for (let deal = 0; deal < deals; deal += 1) {
    const pairs = comparePairs(dealt(same, permutation(all, draws), strategies, seeds));
    claims += Number(pairs.some(isClaim));
  }
  return { strategies, seeds, inOrder: comparePairs(dealt(same, inOrder, strategies, seeds)), deals, claims };
}

function isClaim({ verdict }: PairComparison): boolean {
  return verdict === 'different';
}

function dealt({ strategy, groups }: SameStrategy, order: Int32Array, count: number, seeds: number) {
  const strategies = Array.from({ length: count }, (_, index) => ({
    name: `${strategy.name} ${index + 1}`,
    errors: Array.from(
      order.subarray(index * seeds, (index + 1) * seeds),
      (position) => strategy.errors[position] as readonly number[],
    ),
  }));
  return { strategies, groups } satisfies CrossedErrors;
}
