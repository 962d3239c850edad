/** Holm's procedure, on a worked example and at its edges. */
import { describe, expect, it } from 'vitest';
import { holm } from './holm.js';

describe("Holm's correction", () => {
  it('multiplies the smallest by how many there are, the next by one less, and never falls', () => {
    // 4 x 0.005, 3 x 0.01, 2 x 0.03, and 0.04, which must not be less than 0.06.
    const adjusted = holm([0.01, 0.04, 0.03, 0.005]);
    [0.03, 0.06, 0.06, 0.02].forEach((expected, index) => {
      expect(adjusted[index]).toBeCloseTo(expected, 12);
    });
  });

  it('leaves one test alone and never exceeds 1', () => {
    expect(holm([0.03])).toEqual([0.03]);
    expect(holm([0.9, 0.8])).toEqual([1, 1]);
    expect(holm([])).toEqual([]);
  });

  it('does not count what was not tested', () => {
    expect(holm([Number.NaN, 0.02, 0.5])).toEqual([Number.NaN, 0.04, 0.5]);
  });
});
