/**
 * What a comparison of this size can show, and how large it would have to be: seeds and items both matter, and neither
 * makes up for the other.
 */
import { studentQuantile } from './distributions.js';

/** The noise of one pair, as it was measured. */
export interface PairNoise {
  /** (s_a^2 + s_b^2) / 2: the variance between the seeds of a strategy. */
  readonly seedVariance: number;
  /** Degrees of freedom per seed beyond the first, of all strategies that were pooled. */
  readonly pooledStrategies: number;
  /** sigma^2(strategy x group): the variance of one group in the difference. */
  readonly groupVariance: number;
}

export interface Size {
  /** Of each strategy. */
  readonly seeds: number;
  readonly groups: number;
}

export interface PowerSettings {
  /** How many pairs are tested together. */
  readonly pairs: number;
  /** Default: 0.05, for all pairs together. */
  readonly level?: number;
  /** Chance to find a difference that is there. Default: 0.8. */
  readonly power?: number;
}

/** The smallest true difference that such a comparison finds with the wanted power; NaN for one seed or one group. */
export function detectableDifference(noise: PairNoise, size: Size, settings: PowerSettings): number {
  const { pairs, level = 0.05, power = 0.8 } = settings;
  const fromSeeds = (2 * noise.seedVariance) / size.seeds;
  const fromItems = noise.groupVariance / size.groups;
  const total = fromSeeds + fromItems;
  const seedDegrees = noise.pooledStrategies * (size.seeds - 1);
  const degrees = total ** 2 / (fromSeeds ** 2 / seedDegrees + fromItems ** 2 / (size.groups - 1));
  if (!(degrees > 0)) return Number.NaN;
  // The first step of Holm's procedure, which the largest difference has to pass, is Bonferroni's.
  const critical = studentQuantile(1 - level / (2 * pairs), degrees);
  return (critical + studentQuantile(power, degrees)) * Math.sqrt(total);
}

export interface NeededSize {
  /** With the groups that there are; infinite where no number of seeds is enough. */
  readonly seeds: number;
  /** With the seeds that there are; infinite where no number of groups is enough. */
  readonly groups: number;
  /** With both multiplied by the same factor. */
  readonly both: Size;
}

/** How many seeds, or groups, or both, it would take to find a difference of this size. */
export function neededSize(noise: PairNoise, difference: number, now: Size, settings: PowerSettings): NeededSize {
  const finds = (size: Size) => detectableDifference(noise, size, settings) <= Math.abs(difference);
  const scaled = (factor: number): Size => ({
    seeds: Math.max(2, Math.ceil(now.seeds * factor)),
    groups: Math.max(2, Math.ceil(now.groups * factor)),
  });
  const thousandths = smallest((count) => finds(scaled(count / 1000)), 1);
  return {
    seeds: smallest((seeds) => finds({ seeds, groups: now.groups }), 2),
    groups: smallest((groups) => finds({ seeds: now.seeds, groups }), 2),
    both: scaled(thousandths / 1000),
  };
}

const beyondReach = 1e9;

/** The smallest whole number, from `least`, that passes a test which all larger ones pass. */
function smallest(passes: (count: number) => boolean, least: number): number {
  let high = least;
  while (!passes(high)) {
    if (high > beyondReach) return Number.POSITIVE_INFINITY;
    high *= 2;
  }
  let low = Math.max(least - 1, Math.floor(high / 2));
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (passes(middle)) high = middle;
    else low = middle;
  }
  return high;
}
