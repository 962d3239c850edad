/**
 * Which inputs a function of several groups of inputs is evaluated at, to find the part of it that is a sum over the
 * groups: samples that get each group from some sample, balanced so that every sample gives every group equally often.
 *
 * The first group always stays, each other one is dealt by a permutation that is drawn uniformly: no order of the samples
 * plays a part, and few pairings hang together better than as many cyclic shifts, of which those that share a factor with
 * the number of samples leave parts apart. As many pairings as there are combinations are all of them, by shifts.
 */

import { projectAdditively } from './additive-projection.js';
import { Draws, permutation } from './draws.js';

export interface SwapDesign {
  readonly samples: number;
  readonly groups: number;
  /** By pairing, then by group: [samples], for each sample the one that gives it the group. */
  readonly pairings: readonly (readonly Int32Array[])[];
  /** Whether every combination of the groups is there. */
  readonly isComplete: boolean;
}

export interface SwapSettings {
  readonly samples: number;
  /** At least two. */
  readonly groups: number;
  /** Evaluations of every sample; more than there are combinations are never made. */
  readonly pairings: number;
  /** Of the random numbers. Default: 0. */
  readonly seed?: number;
}

/** With fewer pairings, a half of them cannot tell the groups apart. */
export function leastPairings(groups: number): number {
  return 2 * (groups + 1);
}

/** So many draws that leave something undetermined are bad luck no more. */
const mostDraws = 100;

/** @throws RangeError for less than two samples or groups, or fewer pairings than `leastPairings` that are not all */
export function swapDesign({ samples, groups, pairings, seed = 0 }: SwapSettings): SwapDesign {
  if (samples < 2 || groups < 2)
    throw new RangeError(`There is nothing to swap: ${groups} groups of ${samples} samples.`);
  const combinations = samples ** (groups - 1);
  if (pairings >= combinations) return completeDesign(samples, groups);
  if (pairings < leastPairings(groups)) {
    throw new RangeError(`${pairings} pairings of ${groups} groups: at least ${leastPairings(groups)} are needed.`);
  }
  const draws = new Draws(seed);
  for (let draw = 0; draw < mostDraws; draw += 1) {
    const design = drawDesign(samples, groups, pairings, draws);
    if ([design, ...halves(design)].every((each) => determines(each, draws))) return design;
  }
  throw new RangeError(`${pairings} pairings of ${samples} samples do not tell ${groups} groups apart.`);
}

/** The first and the second half of the pairings. */
export function halves({ pairings, ...design }: SwapDesign): readonly [SwapDesign, SwapDesign] {
  const middle = Math.floor(pairings.length / 2);
  const half = (from: number, to: number) => ({ ...design, pairings: pairings.slice(from, to), isComplete: false });
  return [half(0, middle), half(middle, pairings.length)];
}

function completeDesign(samples: number, groups: number): SwapDesign {
  const pairings = Array.from({ length: samples ** (groups - 1) }, (_, number) =>
    Array.from({ length: groups }, (_, group) => {
      const shift = group === 0 ? 0 : Math.floor(number / samples ** (group - 1)) % samples;
      return Int32Array.from({ length: samples }, (_, sample) => (sample + shift) % samples);
    }),
  );
  return { samples, groups, pairings, isComplete: true };
}

function drawDesign(samples: number, groups: number, pairings: number, draws: Draws): SwapDesign {
  const own = () => Int32Array.from({ length: samples }, (_, sample) => sample);
  return {
    samples,
    groups,
    isComplete: false,
    pairings: Array.from({ length: pairings }, () =>
      Array.from({ length: groups }, (_, group) => (group === 0 ? own() : permutation(samples, draws))),
    ),
  };
}

/** Whether a sum over groups comes back: one that is drawn at random is lost if any is. */
function determines(design: SwapDesign, draws: Draws): boolean {
  const parts = Array.from({ length: design.groups }, () =>
    Float64Array.from({ length: design.samples }, () => draws.normal()),
  );
  const { fitted } = projectAdditively(
    design,
    design.pairings.map((givers) => sumOf(parts, givers)),
  );
  return fitted.every((value, sample) => {
    const expected = parts.reduce((sum, part) => sum + (part[sample] as number), 0);
    return Math.abs(value - expected) < 1e-6;
  });
}

function sumOf(parts: readonly Float64Array[], givers: readonly Int32Array[]): Float64Array {
  const samples = parts[0]?.length ?? 0;
  return Float64Array.from({ length: samples }, (_, sample) =>
    parts.reduce((sum, part, group) => sum + (part[givers[group]?.[sample] as number] as number), 0),
  );
}
