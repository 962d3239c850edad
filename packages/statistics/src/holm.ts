/** Holm's correction for several tests (Holm 1979, Scandinavian Journal of Statistics 6(2)). */

/**
 * Adjusted p values, in the order given: the k-th smallest is multiplied by how many are not smaller, and none is less
 * than one before it. The chance of any false rejection among all is then at most the level. NaN (no test) stays NaN.
 */
export function holm(values: readonly number[]): number[] {
  const ascending = [...values.keys()]
    .filter((index) => !Number.isNaN(values[index]))
    .sort((one, other) => (values[one] as number) - (values[other] as number));
  const adjusted = values.map(() => Number.NaN);
  let largest = 0;
  ascending.forEach((index, rank) => {
    largest = Math.max(largest, Math.min(1, (ascending.length - rank) * (values[index] as number)));
    adjusted[index] = largest;
  });
  return adjusted;
}
