/**
 * Every pair of strategies compared: the difference of their mean errors, its interval, and what may be said of it.
 *
 *     variance = s_a^2 / R_a + s_b^2 / R_b + sigma^2(strategy x group) / G
 *
 * with moderated variances s^2 between seeds. The t test has Satterthwaite's degrees of freedom, and Holm's correction is
 * over all pairs. "Equivalent" is only what two one-sided tests show at a margin that was declared before.
 */
import type { CrossedErrors } from './crossed-errors.js';
import { studentProbability, studentQuantile, studentTwoSided } from './distributions.js';
import { holm } from './holm.js';
import { itemVariance, type Measured, type MeasuredStrategy, measure } from './variance-components.js';

export type Verdict =
  /** The difference is not noise: Holm's p is below the level. */
  | 'different'
  /** The difference is shown to be smaller than the margin. */
  | 'equivalent'
  /** Neither: these seeds and items cannot tell them apart. */
  | 'undecided'
  /** One seed, or one group: there is nothing to measure the noise with. */
  | 'untested';

export interface PairComparison {
  readonly one: string;
  readonly other: string;
  /** Mean error of the one minus that of the other: negative where the one is better. */
  readonly difference: number;
  readonly standardError: number;
  readonly degrees: number;
  /** For this pair alone, 95 % by default. */
  readonly interval: readonly [number, number];
  /** Two-sided. */
  readonly p: number;
  readonly holmP: number;
  /** Of the two one-sided tests at the margin, the larger p, corrected by Holm; absent without a margin. */
  readonly equivalenceP?: number;
  readonly verdict: Verdict;
  /** What the variance is made of: s^2 / R of the one and of the other, and what comes from the items. */
  readonly parts: { readonly seeds: readonly [number, number]; readonly items: number };
}

export interface PairSettings {
  /** Chance of any false claim among all pairs. Default: 0.05. */
  readonly level?: number;
  /** Differences smaller than this do not matter; declared before the results are seen. */
  readonly margin?: number;
}

/** In the order of the strategies: first with second, first with third, ... */
export function comparePairs(errors: CrossedErrors, { level = 0.05, margin }: PairSettings = {}): PairComparison[] {
  const measured = measure(errors);
  const { strategies } = measured;
  const pairs = strategies.flatMap((one, first) =>
    strategies.slice(first + 1).map((other) => weigh(one, other, measured, level)),
  );
  const corrected = holm(pairs.map(({ p }) => p));
  const equivalence = margin === undefined ? [] : holm(pairs.map((pair) => equivalenceP(pair, margin)));
  return pairs.map((pair, index) => {
    const holmP = corrected[index] as number;
    const shown = equivalence[index];
    return {
      ...pair,
      holmP,
      ...(shown === undefined ? {} : { equivalenceP: shown }),
      verdict: verdictOf(holmP, shown, level),
    };
  });
}

type WeighedPair = Omit<PairComparison, 'holmP' | 'equivalenceP' | 'verdict'>;

function weigh(
  one: MeasuredStrategy,
  other: MeasuredStrategy,
  { strategies, weights }: Measured,
  level: number,
): WeighedPair {
  const runs = [one.means.length, other.means.length] as const;
  const seeds = [one.seedVariance, other.seedVariance] as const;
  const items = itemVariance(one, other, weights);
  // Both moderated variances draw on the own variances of all strategies: these are the independent parts.
  const parts = [
    ...strategies.flatMap(({ ownSeedVariance: { variance, degrees } }, index) => {
      const share = (seeds[0].shares[index] as number) / runs[0] + (seeds[1].shares[index] as number) / runs[1];
      return degrees === 0 ? [] : [{ variance: share * variance, degrees }];
    }),
    items,
  ];
  const total = parts.length === 1 ? Number.NaN : parts.reduce((sum, { variance }) => sum + variance, 0);
  const degrees = total ** 2 / parts.reduce((sum, part) => sum + part.variance ** 2 / part.degrees, 0);
  const standardError = Math.sqrt(total);
  const difference = one.mean - other.mean;
  const half = standardError === 0 ? 0 : studentQuantile(1 - level / 2, degrees) * standardError;
  // Without any noise, as of a strategy and itself, every difference is real and none is none.
  const p = standardError === 0 ? Number(difference === 0) : studentTwoSided(difference / standardError, degrees);
  return {
    one: one.name,
    other: other.name,
    difference,
    standardError,
    degrees,
    interval: [difference - half, difference + half],
    p,
    parts: { seeds: [seeds[0].variance / runs[0], seeds[1].variance / runs[1]], items: items.variance },
  };
}

/** Two one-sided tests (Schuirmann 1987, Journal of Pharmacokinetics and Biopharmaceutics 15(6)). */
function equivalenceP({ difference, standardError, degrees }: WeighedPair, margin: number): number {
  if (standardError === 0) return Number(Math.abs(difference) >= margin);
  return studentProbability((Math.abs(difference) - margin) / standardError, degrees);
}

function verdictOf(holmP: number, equivalence: number | undefined, level: number): Verdict {
  if (Number.isNaN(holmP)) return 'untested';
  if (holmP < level) return 'different';
  return equivalence !== undefined && equivalence < level ? 'equivalent' : 'undecided';
}
