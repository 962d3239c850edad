/** The additive part of functions whose additive part is known. */
import { describe, expect, it } from 'vitest';
import { additiveShare, projectAdditively } from './additive-projection.js';
import { mean, standardDeviation } from './descriptive.js';
import { Draws } from './draws.js';
import { noiseWeight } from './pairing-noise.js';
import { halves, leastPairings, type SwapDesign, swapDesign } from './swap-design.js';

/** Of the numbers that a sample gives, one for each group. */
type Model = (inputs: readonly number[]) => number;

const draws = new Draws(11);
const inputsOf = (samples: number, groups: number): number[][] =>
  Array.from({ length: samples }, () => Array.from({ length: groups }, () => draws.normal()));

const valuesOf = ({ pairings, samples }: SwapDesign, inputs: readonly (readonly number[])[], model: Model) =>
  pairings.map((givers) =>
    Array.from({ length: samples }, (_, sample) =>
      model(givers.map((own, group) => inputs[own[sample] as number]?.[group] as number)),
    ),
  );

/** By its definition: for each group the mean over all samples that give the others. */
function exactly(inputs: readonly (readonly number[])[], model: Model): number[] {
  const groups = inputs[0]?.length ?? 0;
  const meanOver = (known: readonly (number | undefined)[]): number => {
    const open = known.indexOf(undefined);
    if (open === -1) return model(known as number[]);
    return mean(inputs.map((own) => meanOver(known.with(open, own[open]))));
  };
  const nothing = new Array<undefined>(groups).fill(undefined);
  const grand = meanOver(nothing);
  return inputs.map((own) =>
    own.reduce((sum, value, group) => sum + meanOver(nothing.with(group, value as never)) - grand, grand),
  );
}

const product: Model = ([t, v]) => ((t as number) + 0.5) * ((v as number) - 0.3);
const triple: Model = ([t, a, v]) => (t as number) * (a as number) + Math.max(a as number, v as number) - (t as number);

describe('the design', () => {
  it('lets every sample give every group equally often, and keeps the first', () => {
    const { pairings } = swapDesign({ samples: 30, groups: 3, pairings: 9 });
    expect(pairings).toHaveLength(9);
    const everyone = Array.from({ length: 30 }, (_, sample) => sample);
    for (const givers of pairings) {
      for (const own of givers) expect([...own].sort((a, b) => a - b)).toEqual(everyone);
      expect([...(givers[0] as Int32Array)]).toEqual(everyone);
    }
    expect(swapDesign({ samples: 30, groups: 3, pairings: 9 }).pairings).toEqual(pairings);
  });

  it('is complete with as many pairings as combinations: each is there once', () => {
    const { pairings, isComplete } = swapDesign({ samples: 5, groups: 3, pairings: 1000 });
    expect([isComplete, pairings.length]).toEqual([true, 25]);
    const combinations = pairings.flatMap((givers) =>
      Array.from({ length: 5 }, (_, sample) => givers.map((own) => own[sample]).join()),
    );
    expect(new Set(combinations).size).toBe(125);
  });

  it('refuses what cannot be told apart', () => {
    expect(() => swapDesign({ samples: 1, groups: 2, pairings: 8 })).toThrow(RangeError);
    expect(() => swapDesign({ samples: 8, groups: 1, pairings: 8 })).toThrow(RangeError);
    expect(() => swapDesign({ samples: 100, groups: 3, pairings: leastPairings(3) - 1 })).toThrow(RangeError);
  });
});

describe('the projection', () => {
  it.each([
    [2, 6],
    [2, 7],
    [2, 40],
    [3, 8],
    [3, 13],
    [4, 10],
  ])('of a sum over %i groups is the sum itself with %i pairings', (groups, pairings) => {
    const design = swapDesign({ samples: 40, groups, pairings });
    const inputs = inputsOf(40, groups);
    const sum: Model = (own) => own.reduce((total, value, group) => total + Math.sin((group + 1) * value) + value, 7);
    const { fitted, residual, total } = projectAdditively(design, valuesOf(design, inputs, sum));
    inputs.forEach((own, sample) => {
      expect(fitted[sample]).toBeCloseTo(sum(own), 9);
    });
    expect(residual / total).toBeLessThan(1e-18);
    expect(additiveShare(design, { residual, total })).toBeCloseTo(1, 12);
  });

  it.each([
    ['two groups', 12, 2, product],
    ['three groups', 6, 3, triple],
  ] as const)('of a product of %s, all combinations there, is its additive part', (_, samples, groups, model) => {
    const inputs = inputsOf(samples, groups);
    const design = swapDesign({ samples, groups, pairings: samples ** (groups - 1) });
    const { fitted } = projectAdditively(design, valuesOf(design, inputs, model));
    const exact = exactly(inputs, model);
    exact.forEach((value, sample) => {
      expect(fitted[sample]).toBeCloseTo(value, 9);
    });
    expect(Math.max(...inputs.map((own, sample) => Math.abs(model(own) - (exact[sample] as number))))).toBeGreaterThan(
      0.5,
    );
  });
});

describe('few pairings', () => {
  const designs = (samples: number, groups: number, pairings: number) =>
    Array.from({ length: 400 }, (_, seed) => swapDesign({ samples, groups, pairings, seed }));

  it.each([
    ['two groups', 2, 6, product],
    ['three groups', 3, 8, triple],
  ] as const)('of %s give the additive part on average', (_, groups, pairings, model) => {
    const inputs = inputsOf(24, groups);
    const exact = exactly(inputs, model);
    const estimates = designs(24, groups, pairings).map(
      (design) => projectAdditively(design, valuesOf(design, inputs, model)).fitted,
    );
    exact.forEach((value, sample) => {
      const own = estimates.map((fitted) => fitted[sample] as number);
      // Four and a half standard errors of the mean over designs.
      expect(Math.abs(mean(own) - value)).toBeLessThan((4.5 * standardDeviation(own)) / Math.sqrt(own.length));
    });
  });

  it('tell how much of the variance is additive, on average', () => {
    const inputs = inputsOf(24, 2);
    const all = swapDesign({ samples: 24, groups: 2, pairings: 24 });
    const truth = additiveShare(all, projectAdditively(all, valuesOf(all, inputs, product)));
    const shares = designs(24, 2, 6).map((design) =>
      additiveShare(design, projectAdditively(design, valuesOf(design, inputs, product))),
    );
    expect(truth).toBeGreaterThan(0.1);
    expect(truth).toBeLessThan(0.9);
    // A ratio of two estimates, of which each is unbiased: a hundredth beside its own noise.
    const slack = 0.01 + (4.5 * standardDeviation(shares)) / Math.sqrt(shares.length);
    expect(Math.abs(mean(shares) - truth)).toBeLessThan(slack);
  });

  it('make the projection err more than it does, which the extrapolation takes back', () => {
    const inputs = inputsOf(200, 2);
    const labels = inputs.map(([t, v]) => (t as number) + (v as number) + 0.5 * draws.normal());
    const model: Model = (own) => (own[0] as number) + (own[1] as number) + product(own);
    const error = (fitted: ArrayLike<number>) =>
      mean(labels.map((label, i) => Math.abs(label - (fitted[i] as number))));
    const truth = error(exactly(inputs, model));
    const found = Array.from({ length: 40 }, (_, seed) => {
      const design = swapDesign({ samples: 200, groups: 2, pairings: 12, seed });
      const values = valuesOf(design, inputs, model);
      const whole = error(projectAdditively(design, values).fitted);
      const [one, other] = halves(design);
      const half = mean([
        error(projectAdditively(one, values.slice(0, 6)).fitted),
        error(projectAdditively(other, values.slice(6)).fitted),
      ]);
      return { whole, extrapolated: whole + noiseWeight(design) * (whole - half) };
    });
    const bias = (which: 'whole' | 'extrapolated') => mean(found.map((each) => each[which])) - truth;
    const noise = standardDeviation(found.map(({ extrapolated }) => extrapolated)) / Math.sqrt(found.length);
    expect(bias('whole')).toBeGreaterThan(10 * noise);
    // To first order: of the bias a quarter may stay.
    expect(Math.abs(bias('extrapolated'))).toBeLessThan(bias('whole') / 4);
  });

  it('need no extrapolation where they are all', () => {
    expect(noiseWeight(swapDesign({ samples: 8, groups: 2, pairings: 8 }))).toBe(0);
  });
});
