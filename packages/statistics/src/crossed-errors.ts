/**
 * What a comparison measures: an error for every strategy, seed and item. Seeds and items are crossed: each seed of a
 * strategy errs on the same items, and each item is judged under all seeds.
 */

import { mean, weightedMean } from './descriptive.js';

export interface CrossedErrors {
  readonly strategies: readonly StrategyErrors[];
  /** The group of every item, from 0: items of one group (a video, a speaker) are not independent. */
  readonly groups: readonly number[];
}

export interface StrategyErrors {
  readonly name: string;
  /** By seed, then by item; the smaller the better. */
  readonly errors: readonly (readonly number[])[];
}

/** Means of the errors by group, and what each group counts in the mean over all items. */
export interface GroupMeans {
  readonly name: string;
  /** By seed, then by group. */
  readonly means: readonly (readonly number[])[];
  /** Over seeds, by group. */
  readonly overSeeds: readonly number[];
  /** Over all items, by seed. */
  readonly perSeed: readonly number[];
  /** Over all items and seeds. */
  readonly mean: number;
}

/** Numbers the groups of items from 0, in the order in which they are met. */
export function numberGroups(names: readonly string[]): number[] {
  const numbers = new Map<string, number>();
  return names.map((name) => {
    const number = numbers.get(name) ?? numbers.size;
    numbers.set(name, number);
    return number;
  });
}

/** Share of all items by group: [G]. */
export function groupWeights(groups: readonly number[]): number[] {
  const weights = new Array<number>(Math.max(...groups) + 1).fill(0);
  for (const group of groups) weights[group] = (weights[group] as number) + 1 / groups.length;
  return weights;
}

/** @throws RangeError where errors do not fit the items, or an error is not finite */
export function groupMeans({ strategies, groups }: CrossedErrors): GroupMeans[] {
  const weights = groupWeights(groups);
  return strategies.map(({ name, errors }) => {
    if (errors.length === 0) throw new RangeError(`${name} has no seed.`);
    const means = errors.map((own, seed) => {
      checkErrors(own, groups.length, `${name}, seed number ${seed + 1}`);
      return meansByGroup(own, groups, weights);
    });
    const perSeed = means.map((own) => weightedMean(own, weights));
    const overSeeds = weights.map((_, group) => mean(means.map((own) => own[group] as number)));
    return { name, means, overSeeds, perSeed, mean: mean(perSeed) };
  });
}

function checkErrors(errors: readonly number[], items: number, place: string): void {
  if (errors.length !== items) throw new RangeError(`${place} has ${errors.length} errors for ${items} items.`);
  const bad = errors.findIndex((error) => !Number.isFinite(error));
  if (bad !== -1) throw new RangeError(`${place} has the error ${errors[bad]} for item number ${bad + 1}.`);
}

function meansByGroup(errors: readonly number[], groups: readonly number[], weights: readonly number[]): number[] {
  const sums = new Array<number>(weights.length).fill(0);
  errors.forEach((error, item) => {
    const group = groups[item] as number;
    sums[group] = (sums[group] as number) + error;
  });
  return sums.map((sum, group) => sum / ((weights[group] as number) * groups.length));
}
