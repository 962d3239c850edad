/** The standard normal distribution and its inverse. */

/**
 * The value that a standard normal stays below with this probability, between 0 and 1 (P. J. Acklam's rational
 * approximation, relative error below 1.2e-9).
 */
export function normalQuantile(probability: number): number {
  const lowest = 0.02425;
  if (probability > 1 - lowest) return -normalQuantile(1 - probability);
  if (probability < lowest) {
    const q = Math.sqrt(-2 * Math.log(probability));
    return polynomial(tailAbove, q) / (polynomial(tailBelow, q) * q + 1);
  }
  const q = probability - 0.5;
  const square = q * q;
  return (polynomial(middleAbove, square) * q) / (polynomial(middleBelow, square) * square + 1);
}

const middleAbove = [
  -3.969683028665376e1, 2.209460984245205e2, -2.759285104469687e2, 1.38357751867269e2, -3.066479806614716e1,
  2.506628277459239,
];
const middleBelow = [
  -5.447609879822406e1, 1.615858368580409e2, -1.556989798598866e2, 6.680131188771972e1, -1.328068155288572e1,
];
const tailAbove = [
  -7.784894002430293e-3, -3.223964580411365e-1, -2.400758277161838, -2.549732539343734, 4.374664141464968,
  2.938163982698783,
];
const tailBelow = [7.784695709041462e-3, 3.224671290700398e-1, 2.445134137142996, 3.754408661907416];

/** Highest power first. */
function polynomial(coefficients: readonly number[], x: number): number {
  return coefficients.reduce((value, coefficient) => value * x + coefficient, 0);
}

/** P(Z <= x) for a standard normal, from the series of Marsaglia (2004), and 0 or 1 where doubles see no difference. */
export function normalBelow(x: number): number {
  if (x < -8) return 0;
  if (x > 8) return 1;
  let sum = 0;
  let term = x;
  for (let i = 3; sum + term !== sum; i += 2) {
    sum += term;
    term *= (x * x) / i;
  }
  return 0.5 + (sum * Math.exp((-x * x) / 2)) / Math.sqrt(2 * Math.PI);
}
