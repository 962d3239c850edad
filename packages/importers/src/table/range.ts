/** The range of scores where nobody names it: that of CH-SIMS if all scores fit, else that of CMU-MOSI and CMU-MOSEI. */

export function rangeOf(scores: readonly (Float64Array | undefined)[]): readonly [number, number] {
  const isSmall = scores.every((values) => values?.every((value) => Math.abs(value) <= 1) ?? true);
  return isSmall ? [-1, 1] : [-3, 3];
}
