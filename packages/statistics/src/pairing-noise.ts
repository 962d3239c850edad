/**
 * What the noise of few pairings does to a figure of an additive projection, and the figure without it. What is not
 * additive is noise to the projection; a noisy one errs more, and would make interactions look useful that are not.
 * Figures change with the variance of that noise, to first order in proportion: from all pairings and from halves of them,
 * whose variances are known, follows the figure at none (Richardson's extrapolation).
 */
import { projectAdditively } from './additive-projection.js';
import { Draws } from './draws.js';
import { halves, type SwapDesign } from './swap-design.js';

/** So many values of white noise measure a variance to some 3 %. */
const enoughValues = 2000;

/**
 * The weight w in `figure of all + w (figure of all - mean figure of the halves)`; 0 where every combination is there.
 *
 * @param seed of the random numbers that measure it
 */
export function noiseWeight(design: SwapDesign, seed = 0): number {
  if (design.isComplete) return 0;
  const draws = new Draws(seed);
  const whole = noiseVariance(design, draws);
  const [one, other] = halves(design).map((half) => noiseVariance(half, draws)) as [number, number];
  return whole / ((one + other) / 2 - whole);
}

/** Mean variance of what is fitted, for white noise of variance 1. */
function noiseVariance(design: SwapDesign, draws: Draws): number {
  const repetitions = Math.ceil(enoughValues / design.samples);
  const squares = Array.from({ length: repetitions }, () => {
    const noise = design.pairings.map(() => Float64Array.from({ length: design.samples }, () => draws.normal()));
    return projectAdditively(design, noise).fitted.reduce((sum, value) => sum + value ** 2, 0);
  });
  return squares.reduce((sum, square) => sum + square, 0) / (repetitions * design.samples);
}
