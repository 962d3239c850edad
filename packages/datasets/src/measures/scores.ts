/** How good a prediction is: shares of variance, correlations, accuracies. */

export function mean(values: ArrayLike<number>): number {
  return Array.from(values).reduce((sum, value) => sum + value, 0) / values.length;
}

export function median(values: ArrayLike<number>): number {
  const sorted = Float64Array.from(values).sort();
  const half = sorted.length / 2;
  return ((sorted[Math.floor(half - 0.5)] as number) + (sorted[Math.floor(half)] as number)) / 2;
}

/** Pearson's. */
export function correlation(one: ArrayLike<number>, other: ArrayLike<number>): number {
  const [a, b] = [mean(one), mean(other)];
  let [product, squares, otherSquares] = [0, 0, 0];
  for (let i = 0; i < one.length; i += 1) {
    const [x, y] = [(one[i] as number) - a, (other[i] as number) - b];
    product += x * y;
    squares += x * x;
    otherSquares += y * y;
  }
  return product / Math.sqrt(squares * otherSquares);
}

export function meanAbsoluteError(predicted: ArrayLike<number>, actual: ArrayLike<number>): number {
  return mean(Array.from(predicted, (value, i) => Math.abs(value - (actual[i] as number))));
}

/** Share of the variance that a prediction explains; below 0 if it is worse than the mean. */
export function explained(predicted: ArrayLike<number>, actual: ArrayLike<number>): number {
  const average = mean(actual);
  const left = mean(Array.from(predicted, (value, i) => (value - (actual[i] as number)) ** 2));
  return 1 - left / mean(Array.from(actual, (value) => (value - average) ** 2));
}

/** Mean of the shares of both classes that are found: a half for who always says the same. */
export function balancedAccuracy(logOdds: ArrayLike<number>, classes: readonly boolean[]): number {
  const found = (wanted: boolean) => {
    const of = classes.flatMap((isTrue, i) => (isTrue === wanted ? [(logOdds[i] as number) > 0 === wanted] : []));
    return of.filter(Boolean).length / of.length;
  };
  return (found(true) + found(false)) / 2;
}
