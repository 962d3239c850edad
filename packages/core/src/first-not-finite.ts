/** Every value that is read passes here: the check must cost next to nothing. */

/** Position of the first value that is NaN or infinite; -1 if there is none. */
export function firstNotFinite(values: Float32Array): number {
  // Zero times a number is zero, and NaN if the number is not finite: a sum without a branch finds out whether to look.
  let sum = 0;
  for (let i = 0; i < values.length; i += 1) sum += 0 * (values[i] as number);
  return sum === 0 ? -1 : values.findIndex((value) => !Number.isFinite(value));
}
