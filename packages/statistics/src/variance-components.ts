/**
 * Where the differences between results come from: seeds, items, and how strategies differ from item to item.
 *
 *     e[s, r, i] = strategy[s] + seed[s, r] + group[g(i)] + (strategy x group)[s, g(i)] + rest[s, r, i]
 *
 * Seeds belong to a strategy: seed 1 of one has nothing in common with seed 1 of another but the order of the data.
 */
import { type CrossedErrors, type GroupMeans, groupMeans, groupWeights } from './crossed-errors.js';
import { mean, variance, weightedMean } from './descriptive.js';

/** How many degrees of freedom the pooled variance is worth beside a strategy's own. */
export const pooledWeight = 4;

/** A variance and how well it is known. */
export interface Estimate {
  readonly variance: number;
  readonly degrees: number;
}

/** The moderated variance between the seeds of a strategy, and the own variances of all strategies that it is made of. */
export interface SeedVariance {
  readonly variance: number;
  /** variance = sum over strategies of share x own; strategies with one seed have none. */
  readonly shares: readonly number[];
}

/** The variance between the seeds of each strategy by itself; NaN and 0 degrees of freedom for a single seed. */
export function ownSeedVariances(strategies: readonly GroupMeans[]): Estimate[] {
  return strategies.map(({ perSeed }) => ({ variance: variance(perSeed), degrees: perSeed.length - 1 }));
}

/**
 * The variance between the seeds of each strategy, moderated: (4 pooled + (R - 1) own) / (R + 3). With three seeds the
 * own variance alone is nearly worthless, and the pooled one alone is wrong where strategies differ (Smyth 2004,
 * Statistical Applications in Genetics and Molecular Biology 3(1), article 3, with the weight fixed).
 *
 * @returns NaN where no strategy has two seeds
 */
export function moderatedSeedVariances(own: readonly Estimate[]): SeedVariance[] {
  const allDegrees = own.reduce((sum, each) => sum + each.degrees, 0);
  return own.map(({ degrees }, strategy) => {
    const shares = own.map((other, index) => {
      const pooled = (pooledWeight * other.degrees) / allDegrees;
      return (pooled + (index === strategy ? degrees : 0)) / (pooledWeight + degrees);
    });
    const sum = own.reduce(
      (total, other, index) => total + (other.degrees === 0 ? 0 : (shares[index] as number) * other.variance),
      0,
    );
    return { variance: allDegrees === 0 ? Number.NaN : sum, shares };
  });
}

/** A strategy as it was measured: its means, and the noise of its seeds. */
export interface MeasuredStrategy extends GroupMeans {
  readonly ownSeedVariance: Estimate;
  readonly seedVariance: SeedVariance;
  /** See `restVariance`. */
  readonly rest: number;
}

export interface Measured {
  readonly strategies: readonly MeasuredStrategy[];
  /** Share of all items by group. */
  readonly weights: readonly number[];
}

/** Everything that tests and intervals begin with. @throws as `groupMeans` */
export function measure(errors: CrossedErrors): Measured {
  const means = groupMeans(errors);
  const weights = groupWeights(errors.groups);
  const own = ownSeedVariances(means);
  const moderated = moderatedSeedVariances(own);
  return {
    weights,
    strategies: means.map((strategy, index) => ({
      ...strategy,
      ownSeedVariance: own[index] as Estimate,
      seedVariance: moderated[index] as SeedVariance,
      rest: restVariance(strategy, weights),
    })),
  };
}

/**
 * The part of the variance of a mean difference that comes from the choice of items: sigma^2(strategy x group) / G for
 * groups of equal size. More seeds do not lessen it.
 *
 * @param weights share of all items by group; with a single group nothing can be said: NaN
 */
export function itemVariance(one: MeasuredStrategy, other: MeasuredStrategy, weights: readonly number[]): Estimate {
  const groups = weights.length;
  const differences = one.overSeeds.map((value, group) => value - (other.overSeeds[group] as number));
  const observed = varianceOfMean(differences, weights);
  // What the seeds happened to do to single items is in there, too, and already counted between the seeds.
  const rest = one.rest / one.means.length + other.rest / other.means.length;
  return { variance: Math.max(0, observed - (Number.isNaN(rest) ? 0 : rest)), degrees: groups - 1 };
}

/** Of a mean over groups of unequal size: G / (G - 1) sum of w^2 (x - mean)^2. */
export function varianceOfMean(values: readonly number[], weights: readonly number[]): number {
  const groups = weights.length;
  if (groups < 2) return Number.NaN;
  const centre = weightedMean(values, weights);
  const sum = values.reduce((total, value, group) => total + ((weights[group] as number) * (value - centre)) ** 2, 0);
  return (groups / (groups - 1)) * sum;
}

/**
 * The part of the variance between seeds that is there because seeds err on different items: (rest / G). NaN for one
 * seed.
 */
export function restVariance(
  { means, overSeeds, perSeed, mean: whole }: GroupMeans,
  weights: readonly number[],
): number {
  const seeds = means.length;
  if (seeds < 2) return Number.NaN;
  const perSeedVariances = means.map((of, seed) =>
    varianceOfMean(
      of.map((value, group) => value - (overSeeds[group] as number) - ((perSeed[seed] as number) - whole)),
      weights,
    ),
  );
  return (seeds / (seeds - 1)) * mean(perSeedVariances);
}

/** Deviations in the unit of the errors. */
export interface VarianceComponents {
  /** Between the seeds of one strategy, by strategy; NaN for a single seed. */
  readonly seeds: readonly { readonly name: string; readonly own: number; readonly moderated: number }[];
  /** Between groups, common to all strategies: it cancels in every difference. */
  readonly groups: number;
  /** Between groups, in the difference of two strategies: the mean over all pairs. */
  readonly strategyByGroup: number;
  readonly counts: { readonly seeds: readonly number[]; readonly groups: number; readonly items: number };
}

/** Of a whole comparison. Deviations of groups are those of a group of mean size. */
export function varianceComponentsOf(errors: CrossedErrors): VarianceComponents {
  const { strategies, weights } = measure(errors);
  const groups = weights.length;
  const common = weights.map((_, group) => mean(strategies.map(({ overSeeds }) => overSeeds[group] as number)));
  const pairs = strategies.flatMap((one, index) =>
    strategies.slice(index + 1).map((other) => itemVariance(one, other, weights).variance),
  );
  return {
    seeds: strategies.map(({ name, ownSeedVariance, seedVariance }) => ({
      name,
      own: Math.sqrt(ownSeedVariance.variance),
      moderated: Math.sqrt(seedVariance.variance),
    })),
    groups: Math.sqrt(varianceOfMean(common, weights) * groups),
    strategyByGroup: pairs.length === 0 ? Number.NaN : Math.sqrt(mean(pairs) * groups),
    counts: { seeds: strategies.map(({ means }) => means.length), groups, items: errors.groups.length },
  };
}
