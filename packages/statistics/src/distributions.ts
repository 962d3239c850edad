/** The normal distribution and Student's t with any number of degrees of freedom, by the incomplete beta function. */

/** P(Z <= z) of the standard normal distribution. */
export function normalProbability(z: number): number {
  const x = Math.abs(z) / Math.SQRT2;
  const upper = x < 2 ? 1 - errorFunctionSeries(x) : errorFunctionTail(x);
  return z > 0 ? 1 - upper / 2 : upper / 2;
}

/** The value that a standard normal variable stays below with this probability. */
export function normalQuantile(probability: number): number {
  return invert(normalProbability, probability);
}

/** P(T <= t) of Student's t distribution. */
export function studentProbability(t: number, degrees: number): number {
  if (Number.isNaN(t)) return Number.NaN;
  if (!Number.isFinite(t)) return t > 0 ? 1 : 0;
  const tail = incompleteBeta(degrees / (degrees + t * t), degrees / 2, 0.5) / 2;
  return t > 0 ? 1 - tail : tail;
}

/** The value that Student's t stays below with this probability. */
export function studentQuantile(probability: number, degrees: number): number {
  return invert((t) => studentProbability(t, degrees), probability);
}

/** P(|T| >= |t|). */
export function studentTwoSided(t: number, degrees: number): number {
  return 2 * studentProbability(-Math.abs(t), degrees);
}

/** erf(x) for small x: Abramowitz and Stegun, Handbook of Mathematical Functions, 7.1.6. */
function errorFunctionSeries(x: number): number {
  let term = x;
  let sum = x;
  for (let n = 1; Math.abs(term) > 1e-17 * Math.abs(sum) && n < 200; n += 1) {
    term *= (2 * x * x) / (2 * n + 1);
    sum += term;
  }
  return (2 / Math.sqrt(Math.PI)) * Math.exp(-x * x) * sum;
}

/** erfc(x) for large x: the continued fraction 7.1.14 of the same book, from its end. */
function errorFunctionTail(x: number): number {
  let fraction = 0;
  for (let n = 120; n >= 1; n -= 1) fraction = n / 2 / (x + fraction);
  return Math.exp(-x * x) / (Math.sqrt(Math.PI) * (x + fraction));
}

/** I_x(a, b), the regularised incomplete beta function: the continued fraction 26.5.8, evaluated by Lentz' method. */
function incompleteBeta(x: number, a: number, b: number): number {
  if (x <= 0) return 0;
  if (x >= 1) return 1;
  // The fraction converges fast on this side of the mean only.
  if (x > (a + 1) / (a + b + 2)) return 1 - incompleteBeta(1 - x, b, a);
  const front = Math.exp(logGamma(a + b) - logGamma(a) - logGamma(b) + a * Math.log(x) + b * Math.log(1 - x)) / a;
  const tiny = 1e-300;
  let c = 1;
  let d = 1 / nonZero(1 - ((a + b) * x) / (a + 1), tiny);
  let value = d;
  for (let m = 1; m < 500; m += 1) {
    const even = (m * (b - m) * x) / ((a + 2 * m - 1) * (a + 2 * m));
    d = 1 / nonZero(1 + even * d, tiny);
    c = nonZero(1 + even / c, tiny);
    value *= d * c;
    const odd = (-(a + m) * (a + b + m) * x) / ((a + 2 * m) * (a + 2 * m + 1));
    d = 1 / nonZero(1 + odd * d, tiny);
    c = nonZero(1 + odd / c, tiny);
    value *= d * c;
    if (Math.abs(d * c - 1) < 1e-15) break;
  }
  return front * value;
}

function nonZero(value: number, tiny: number): number {
  return Math.abs(value) < tiny ? tiny : value;
}

/** log Gamma(x), x > 0: Stirling's series (6.1.41) where it is exact enough, and the recurrence below. */
function logGamma(x: number): number {
  let shift = 0;
  let y = x;
  for (; y < 15; y += 1) shift -= Math.log(y);
  const inverse = 1 / y;
  const square = inverse * inverse;
  const series = inverse * (1 / 12 - square * (1 / 360 - square * (1 / 1260 - square * (1 / 1680 - square / 1188))));
  return shift + (y - 0.5) * Math.log(y) - y + Math.log(2 * Math.PI) / 2 + series;
}

/** Of an increasing distribution function, by bisection. */
function invert(distribution: (value: number) => number, probability: number): number {
  if (Number.isNaN(probability)) return Number.NaN;
  if (probability <= 0 || probability >= 1)
    return probability <= 0 ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
  let reach = 1;
  while (distribution(reach) < probability || distribution(-reach) > probability) reach *= 2;
  let low = -reach;
  let high = reach;
  for (let round = 0; round < 200 && high - low > 1e-14 * reach; round += 1) {
    const middle = (low + high) / 2;
    if (distribution(middle) < probability) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}
