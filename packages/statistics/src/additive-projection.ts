/**
 * The empirical multimodally-additive projection (EMAP; Hessel and Lee 2020, arXiv 2010.06572): of the values
 * that a function of several groups of inputs takes where groups are swapped between samples, the part that is a sum over
 * the groups,
 *
 *     f(x_1, ..., x_M) ~ a_1(x_1) + ... + a_M(x_M),
 *
 * by least squares, and what it comes to where no group is swapped. Where every combination is there, for two groups:
 *
 *     f^(t_i, v_i) = mean_j f(t_i, v_j) + mean_j f(t_j, v_i) - mean_ij f(t_i, v_j)
 *
 * Where some are, every additive function still comes back as it is. Of another, the rest counts as noise that is drawn
 * with the pairings: the estimate is unbiased, and its variance falls with their number.
 */
import type { SwapDesign } from './swap-design.js';

export interface AdditiveProjection {
  /** [samples], each with its own inputs. */
  readonly fitted: Float64Array;
  /** Sums of squares over all pairings: of what is not additive, and of all around their mean. */
  readonly residual: number;
  readonly total: number;
}

/** Of the gradient, as a share of its start: then a fit is exact to float64. */
const tolerance = 1e-13;

/** @param values by pairing: [samples]. Where something is left undetermined, of all fits the smallest is taken. */
export function projectAdditively(design: SwapDesign, values: readonly ArrayLike<number>[]): AdditiveProjection {
  const { samples, groups, pairings } = design;
  const count = samples * values.length;
  const mean = values.reduce((sum, own) => sum + sumOf(own), 0) / count;
  const centred = values.map((own) => Float64Array.from(own, (value) => value - mean));
  const parts = solve(design, centred);
  const residual = centred.reduce((sum, own, pairing) => {
    const fit = sumParts(parts, pairings[pairing] as readonly Int32Array[], samples);
    return sum + own.reduce((part, value, sample) => part + (value - (fit[sample] as number)) ** 2, 0);
  }, 0);
  const own = Int32Array.from({ length: samples }, (_, sample) => sample);
  const fitted = sumParts(parts, new Array<Int32Array>(groups).fill(own), samples);
  return {
    fitted: fitted.map((value) => value + mean),
    residual,
    total: centred.reduce((sum, each) => sum + dot(each, each), 0),
  };
}

/**
 * How much of the variance of a function over swapped inputs is additive (the share of main effects, Sobol 1993), from
 * sums of squares that may be summed over several outputs; 1 for a constant.
 */
export function additiveShare(
  { samples, groups, pairings, isComplete }: SwapDesign,
  { residual, total }: Pick<AdditiveProjection, 'residual' | 'total'>,
): number {
  if (total === 0) return 1;
  if (isComplete) return 1 - residual / total;
  // What the parts fit of the rest by chance is given back.
  const values = samples * pairings.length;
  const degrees = values - 1 - groups * (samples - 1);
  return 1 - residual / degrees / (total / (values - 1));
}

/** The parts, [groups x samples], by conjugate gradients on the normal equations, from zero. */
function solve({ samples, groups, pairings }: SwapDesign, values: readonly Float64Array[]): Float64Array {
  const parts = new Float64Array(groups * samples);
  const gradient = gather(pairings, values, groups, samples);
  const direction = gradient.slice();
  let square = dot(gradient, gradient);
  const enough = square * tolerance ** 2;
  // In exact arithmetic as many steps as there are unknowns suffice.
  for (let step = 0; step < 2 * parts.length && square > enough; step += 1) {
    const image = pairings.map((givers) => sumParts(direction, givers, samples));
    const curved = gather(pairings, image, groups, samples);
    const length = square / dot(direction, curved);
    for (let i = 0; i < parts.length; i += 1) {
      parts[i] = (parts[i] as number) + length * (direction[i] as number);
      gradient[i] = (gradient[i] as number) - length * (curved[i] as number);
    }
    const next = dot(gradient, gradient);
    for (let i = 0; i < parts.length; i += 1) {
      direction[i] = (gradient[i] as number) + (next / square) * (direction[i] as number);
    }
    square = next;
  }
  return parts;
}

/** At every sample of a pairing, the sum of the parts of those that give it its groups. */
function sumParts(parts: Float64Array, givers: readonly Int32Array[], samples: number): Float64Array {
  const sums = new Float64Array(samples);
  givers.forEach((own, group) => {
    for (let sample = 0; sample < samples; sample += 1) {
      sums[sample] = (sums[sample] as number) + (parts[group * samples + (own[sample] as number)] as number);
    }
  });
  return sums;
}

/** The transpose: for every group of every sample, the sum of the values that it has given it to. */
function gather(
  pairings: SwapDesign['pairings'],
  values: readonly Float64Array[],
  groups: number,
  samples: number,
): Float64Array {
  const sums = new Float64Array(groups * samples);
  pairings.forEach((givers, pairing) => {
    const given = values[pairing] as Float64Array;
    givers.forEach((own, group) => {
      for (let sample = 0; sample < samples; sample += 1) {
        const at = group * samples + (own[sample] as number);
        sums[at] = (sums[at] as number) + (given[sample] as number);
      }
    });
  });
  return sums;
}

function dot(one: Float64Array, other: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < one.length; i += 1) sum += (one[i] as number) * (other[i] as number);
  return sum;
}

function sumOf(values: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < values.length; i += 1) sum += values[i] as number;
  return sum;
}
