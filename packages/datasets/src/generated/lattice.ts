/**
 * Points for quadrature in several dimensions: a Kronecker sequence, whose steps are powers of the generalised golden
 * ratio, shifted at random several times over. The spread of the results tells the error.
 */
import { randomNumbers } from '../sentences/random-numbers.js';

export const shifts = 16;
export const pointsPerShift = 8192;

export interface Estimate {
  readonly value: number;
  /** Standard error. */
  readonly error: number;
}

/** Mean over the unit cube of each of the functions that `evaluate` computes at a point. It must write all of `into`. */
export function integrate(
  dimensions: number,
  functions: number,
  evaluate: (point: Float64Array, into: Float64Array) => void,
): Estimate[] {
  const steps = kroneckerSteps(dimensions);
  const random = randomNumbers('generated/quadrature');
  const point = new Float64Array(dimensions);
  const values = new Float64Array(functions);
  const means = Array.from({ length: shifts }, () => {
    const start = steps.map(() => random.uniform());
    const sums = new Float64Array(functions);
    for (let n = 0; n < pointsPerShift; n += 1) {
      for (let j = 0; j < dimensions; j += 1) {
        const place = (start[j] as number) + n * (steps[j] as number);
        point[j] = place - Math.floor(place);
      }
      evaluate(point, values);
      for (let k = 0; k < functions; k += 1) sums[k] = (sums[k] as number) + (values[k] as number);
    }
    return sums.map((sum) => sum / pointsPerShift);
  });
  return Array.from({ length: functions }, (_, k) => {
    const each = means.map((mean) => mean[k] as number);
    const value = each.reduce((sum, mean) => sum + mean, 0) / shifts;
    const variance = each.reduce((sum, mean) => sum + (mean - value) ** 2, 0) / (shifts - 1);
    return { value, error: Math.sqrt(variance / shifts) };
  });
}

/** 1/g, 1/g^2, ... with g the positive root of g^(d+1) = g + 1; for d = 1 the golden ratio. */
function kroneckerSteps(dimensions: number): number[] {
  let ratio = 2;
  for (let round = 0; round < 60; round += 1) ratio = (1 + ratio) ** (1 / (dimensions + 1));
  return Array.from({ length: dimensions }, (_, j) => ratio ** -(j + 1));
}
