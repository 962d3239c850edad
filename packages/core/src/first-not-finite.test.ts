import { describe, expect, it } from 'vitest';
import { firstNotFinite } from './first-not-finite.js';

describe('the first value that is not finite', () => {
  it('is found wherever it stands', () => {
    for (const strange of [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]) {
      for (const at of [0, 3, 6]) {
        const values = Float32Array.of(1, -2, 0, 3e38, -3e38, 1e-45, -0);
        values[at] = strange;
        expect(firstNotFinite(values)).toBe(at);
      }
    }
  });

  it('is not there among numbers, however large, and not among nothing', () => {
    expect(firstNotFinite(Float32Array.of(3.4e38, 3.4e38, -3.4e38, 0, -0))).toBe(-1);
    expect(firstNotFinite(new Float32Array())).toBe(-1);
  });
});
