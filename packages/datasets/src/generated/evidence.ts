/** How well bits are known: what a modality shows of a bit, and what follows from several of them (Bayes). */
import { normalBelow } from './normal.js';

/** Probability that a text says a bit wrongly: that with which one would read its sign wrongly from a stream. */
export function flipProbability(noise: number): number {
  return noise === 0 ? 0 : normalBelow(-1 / noise);
}

/** Log odds of a bit being 1 rather than -1, given the average of a stream, which is the bit plus a normal error. */
export function oddsFromStream(shown: number, noise: number): number {
  return noise === 0 ? certain(shown) : (2 * shown) / noise ** 2;
}

/** Log odds given what a text says, which is -1 or 1. */
export function oddsFromText(said: number, noise: number): number {
  const flip = flipProbability(noise);
  return flip === 0 ? certain(said) : said * Math.log((1 - flip) / flip);
}

/** E[bit] given the log odds. */
export function expected(odds: number): number {
  return Math.tanh(odds / 2);
}

/** Far beyond where `tanh` is 1, and still a number that can be added. */
function certain(sign: number): number {
  return Math.sign(sign) * 1e6;
}
