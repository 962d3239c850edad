/** Means, deviations and paired differences over seeds, with intervals of Student's t distribution. */

export function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** Standard deviation of a sample (n - 1); NaN for a single value. */
export function standardDeviation(values: readonly number[]): number {
  if (values.length < 2) return Number.NaN;
  const centre = mean(values);
  return Math.sqrt(values.reduce((sum, value) => sum + (value - centre) ** 2, 0) / (values.length - 1));
}

/** The middle value, or the mean of the middle two. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const upper = Math.floor(sorted.length / 2);
  const lower = sorted.length % 2 === 1 ? upper : upper - 1;
  return ((sorted[lower] as number) + (sorted[upper] as number)) / 2;
}

export interface PairedDifference {
  readonly differences: readonly number[];
  readonly mean: number;
  readonly deviation: number;
  /** 95 % interval of the mean difference; absent for a single pair, which says nothing about noise. */
  readonly interval?: readonly [number, number];
  /** Whether the interval leaves out zero. */
  readonly distinguishable: boolean;
}

/** Differences `one - other` of values that belong together: the same seed, split and data order. */
export function pairedDifference(one: readonly number[], other: readonly number[]): PairedDifference {
  const differences = one.map((value, index) => value - (other[index] as number));
  const centre = mean(differences);
  const deviation = standardDeviation(differences);
  if (differences.length < 2) return { differences, mean: centre, deviation, distinguishable: false };
  const half = (studentQuantile(0.975, differences.length - 1) * deviation) / Math.sqrt(differences.length);
  const interval = [centre - half, centre + half] as const;
  return { differences, mean: centre, deviation, interval, distinguishable: interval[0] > 0 || interval[1] < 0 };
}

/** The value that Student's t with so many degrees of freedom stays below with this probability (at least one half). */
export function studentQuantile(probability: number, degrees: number): number {
  let low = 0;
  let high = 1;
  while (studentDistribution(high, degrees) < probability) high *= 2;
  for (let round = 0; round < 100; round += 1) {
    const middle = (low + high) / 2;
    if (studentDistribution(middle, degrees) < probability) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}

/**
 * P(T <= t) for t >= 0 and a whole number of degrees of freedom, as a finite sum (Abramowitz and Stegun, Handbook of
 * Mathematical Functions, 26.7.3 and 26.7.4).
 */
function studentDistribution(t: number, degrees: number): number {
  const angle = Math.atan(t / Math.sqrt(degrees));
  const cosine = Math.cos(angle);
  const isOdd = degrees % 2 === 1;
  let term = isOdd ? cosine : 1;
  let sum = degrees === 1 ? 0 : term;
  for (let k = isOdd ? 3 : 2; k <= degrees - 2; k += 2) {
    term *= (cosine ** 2 * (k - 1)) / k;
    sum += term;
  }
  const between = isOdd ? (2 / Math.PI) * (angle + Math.sin(angle) * sum) : Math.sin(angle) * sum;
  return (1 + between) / 2;
}
