/** Which frame of one sound is which of another that goes at another pace. */
import { describe, expect, it } from 'vitest';
import { momentHere, warp } from './time-warping.js';

describe('time warping', () => {
  const here = Float64Array.of(0, 0, 1, 2, 2, 2, 3);
  const there = Float64Array.of(0, 1, 1, 1, 2, 3, 3);

  it('lays what is alike upon each other, in order and to the end', () => {
    const path = warp(here, there, 1);
    expect([path.here.at(-1), path.there.at(-1)]).toEqual([6, 6]);
    path.here.forEach((i, at) => {
      expect(here[i]).toBe(there[path.there[at] as number]);
    });
  });

  it('carries a moment between two frames over', () => {
    const path = warp(here, there, 1);
    // There 1 begins behind one frame, 2 behind four and 3 behind five; here behind two, three and six.
    expect([1, 4, 5].map((moment) => momentHere(path, moment))).toEqual([2, 3, 6]);
    expect([momentHere(path, 0), momentHere(path, 7)]).toEqual([0, 7]);
  });

  it('compares all columns of a frame', () => {
    // From (3, 4) to (0, 4) it is 3, to (5, 0) it is sqrt(4 + 16); by the first column alone 3 and 2.
    const path = warp(Float64Array.of(0, 4, 3, 4, 5, 0), Float64Array.of(0, 4, 5, 0), 2);
    expect([...path.there]).toEqual([0, 0, 1]);
  });
});
