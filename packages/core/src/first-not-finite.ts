/** Every value that is read passes here: the check must cost next to nothing. */

/** Position of the first value that is NaN or infinite; -1 if there is none. */
export function firstNotFinite(values: Float32Array): number {
  // Zero times a number is zero, and NaN if the number is not finite: a sum without a branch finds out whether to look.
  // Four sums, since each addition waits for the one before.
  let [a, b, c, d] = [0, 0, 0, 0];
  const fours = values.length - (values.length % 4);
  for (let i = 0; i < fours; i += 4) {
    a += 0 * (values[i] as number);
    b += 0 * (values[i + 1] as number);
    c += 0 * (values[i + 2] as number);
    d += 0 * (values[i + 3] as number);
  }
  for (let i = fours; i < values.length; i += 1) a += 0 * (values[i] as number);
  return a + b + c + d === 0 ? -1 : values.findIndex((value) => !Number.isFinite(value));
}
