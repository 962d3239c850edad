/** The best that is possible: against closed forms, against what must hold, and against readers of drawn samples. */
import { describe, expect, it } from 'vitest';
import { randomNumbers } from '../sentences/random-numbers.js';
import { type Design, type DesignOptions, designOf } from './design.js';
import { createDraw, shownBy } from './latents.js';
import { normalBelow } from './normal.js';
import { type Optimum, optimumOf, subsetsOf } from './optimum.js';
import { createRenderer, drawText, loadingsOf, sayings } from './render.js';

const best = (options: DesignOptions, modalities: readonly string[]): Optimum =>
  optimumOf(designOf(options), modalities);
const value = (optimum: Optimum, figure: 'accuracy' | 'meanAbsoluteError' | 'correlation' | 'information') =>
  optimum[figure]?.value ?? Number.NaN;

describe('a single bit', () => {
  const bit: DesignOptions = { redundancy: 1, uniqueness: 0, synergy: 0, noise: 0.8, task: 'classification' };

  it('is read right as often as a normal error does not turn its sign', () => {
    expect(value(best(bit, ['audio']), 'accuracy')).toBeCloseTo(normalBelow(1 / 0.8), 3);
    expect(value(best(bit, ['audio', 'vision']), 'accuracy')).toBeCloseTo(normalBelow(Math.SQRT2 / 0.8), 3);
  });

  it('is read from a text as often as the text is right, which tells 1 - H(flip) bits', () => {
    const flip = normalBelow(-1 / 0.8);
    const entropy = -flip * Math.log2(flip) - (1 - flip) * Math.log2(1 - flip);
    const read = best({ ...bit, text: true }, ['text']);
    expect(value(read, 'accuracy')).toBeCloseTo(1 - flip, 10);
    expect(value(read, 'information')).toBeCloseTo(1 - entropy, 10);
  });

  it('has an error of 3 for who knows nothing, and of 6 flips for a text', () => {
    const score: DesignOptions = { ...bit, task: 'regression', text: true };
    expect(value(best(score, []), 'meanAbsoluteError')).toBe(3);
    expect(value(best(score, ['text']), 'meanAbsoluteError')).toBeCloseTo(6 * normalBelow(-1 / 0.8), 10);
    expect(value(best(score, ['text']), 'correlation')).toBeCloseTo(1 - 2 * normalBelow(-1 / 0.8), 10);
  });
});

describe('pure synergy', () => {
  const xor: DesignOptions = { redundancy: 0, uniqueness: 0, synergy: 1, task: 'classification', text: true };

  it('leaves every part of the modalities at chance', () => {
    for (const modalities of subsetsOf(['text', 'audio', 'vision']).filter(({ length }) => length < 3)) {
      expect(value(best(xor, modalities), 'accuracy')).toBeCloseTo(0.5, 12);
      expect(value(best(xor, modalities), 'information')).toBeCloseTo(0, 12);
    }
    expect(best({ ...xor, task: 'regression' }, ['audio']).correlation).toBeUndefined();
  });

  it('is known to who sees all: exactly without noise, and with noise as often as an even number of signs is misread', () => {
    const all = ['text', 'audio', 'vision'];
    const exact = best({ ...xor, noise: 0 }, all);
    expect(value(exact, 'accuracy')).toBe(1);
    expect(value(exact, 'information')).toBe(1);
    expect(value(best({ ...xor, noise: 0, task: 'regression' }, all), 'meanAbsoluteError')).toBe(0);
    // E[product of signs] = (1 - 2 flip)^3, whatever the strength of the evidence.
    const noisy = (1 + (1 - 2 * normalBelow(-1 / 0.5)) ** 3) / 2;
    expect(value(best({ ...xor, noise: 0.5 }, all), 'accuracy')).toBeCloseTo(noisy, 2);
  });
});

describe('uniqueness of one stream', () => {
  const one: DesignOptions = { redundancy: 0, uniqueness: { audio: 1 }, synergy: 0, task: 'classification' };

  it('makes the other worth nothing, alone and beside it', () => {
    const [nothing, audio, vision, both] = [[], ['audio'], ['vision'], ['audio', 'vision']].map((seen) =>
      best(one, seen),
    );
    expect(value(vision as Optimum, 'accuracy')).toBe(value(nothing as Optimum, 'accuracy'));
    expect(value(both as Optimum, 'accuracy')).toBe(value(audio as Optimum, 'accuracy'));
    expect(value(audio as Optimum, 'accuracy')).toBeGreaterThan(0.97);
  });
});

it('whoever sees more is no worse', () => {
  const design = designOf({ text: true, uniqueness: { text: 0.5, vision: 2 }, labelNoise: 0.4 });
  const optima = subsetsOf(design.modalities).map((modalities) => optimumOf(design, modalities));
  for (const less of optima) {
    for (const more of optima.filter(({ modalities }) => less.modalities.every((name) => modalities.includes(name)))) {
      expect(value(more, 'meanAbsoluteError')).toBeLessThan(value(less, 'meanAbsoluteError') + 1e-3);
      expect(value(more, 'information')).toBeGreaterThan(value(less, 'information') - 2e-3);
    }
  }
});

/**
 * A reader of samples, written without the code that computes the optima: it goes through all values of all bits,
 * weighs each by how probable it makes what is seen, and takes the median score or the most probable class.
 */
function createReader(design: Design, seed: number, seen: readonly string[]) {
  const { modalities, redundancy, uniqueness, synergy, labelNoise, noise, task, classes } = design;
  const count = modalities.length;
  const total = redundancy + synergy + labelNoise + modalities.reduce((sum, name) => sum + (uniqueness[name] ?? 0), 0);
  const cases = Array.from({ length: 2 ** (2 + 2 * count) }, (_, mask) => {
    const bits = Array.from({ length: 2 + 2 * count }, (_, bit) => ((mask >> bit) & 1 ? 1 : -1));
    const [shared, hidden, ...rest] = bits as [number, number, ...number[]];
    const [own, part] = [rest.slice(0, count), rest.slice(count)];
    const sum =
      redundancy * shared +
      own.reduce((all, bit, i) => all + (uniqueness[modalities[i] as string] ?? 0) * bit, 0) +
      synergy * part.reduce((product, bit) => product * bit, 1) +
      labelNoise * hidden;
    const height = ((sum / total + 1) / 2) * classes;
    const isEdge = Math.abs(height - Math.round(height)) < 1e-6;
    const found = isEdge ? Math.round(height) - (hidden < 0 ? 1 : 0) : Math.floor(height);
    const label = task === 'regression' ? (3 * sum) / total : Math.min(classes - 1, Math.max(0, found));
    const shown = modalities.map((_, i) => [shared, own[i] as number, part[i] as number]);
    return { label, shown };
  });
  const loadings = Object.fromEntries(design.streams.map((stream) => [stream, loadingsOf(design, seed, stream)]));
  const flip = normalBelow(-1 / noise);

  return function read(text: string, streams: { readonly [name: string]: Float32Array }): number {
    const evidence = seen.map((name) => {
      if (name === 'text') {
        return sayings.map(([, plus]) => (text.split(' ').includes(plus) ? 1 - flip : flip)).map((p) => [1 - p, p]);
      }
      const values = streams[name] as Float32Array;
      const steps = values.length / design.width;
      return (loadings[name] as Float64Array[]).map((loading) => {
        const level = values.reduce((sum, entry, i) => sum + entry * (loading[i % design.width] as number), 0) / steps;
        return [-1, 1].map((bit) => Math.exp(-((level - bit) ** 2) / (2 * noise ** 2)));
      });
    });
    const weighed = cases.map(({ label, shown }) => {
      const weight = seen.reduce((product, name, i) => {
        const bits = shown[modalities.indexOf(name)] as number[];
        return bits.reduce((p, bit, k) => p * (evidence[i]?.[k]?.[bit < 0 ? 0 : 1] as number), product);
      }, 1);
      return { label, weight };
    });
    const mass = weighed.reduce((sum, { weight }) => sum + weight, 0);
    if (task === 'classification') {
      const perClass = Array.from({ length: classes }, (_, index) =>
        weighed.reduce((sum, { label, weight }) => (label === index ? sum + weight : sum), 0),
      );
      return perClass.indexOf(Math.max(...perClass));
    }
    weighed.sort((one, other) => one.label - other.label);
    let below = 0;
    return weighed.find(({ weight }) => {
      below += weight;
      return below >= mass / 2;
    })?.label as number;
  };
}

describe('a reader with the true posterior reaches the optimum, and no more', () => {
  const draws = 400;

  it.each([
    {
      task: 'regression',
      text: true,
      redundancy: 0.7,
      uniqueness: { audio: 1, text: 0.4 },
      noise: 0.8,
      labelNoise: 0.2,
    },
    { task: 'classification', text: true, synergy: 1.5, noise: 0.6, steps: [1, 5] },
    { task: 'classification', classes: 3, noise: 0.7, labelNoise: 0.5 },
  ] as readonly DesignOptions[])('of every subset: %j', (options) => {
    const design = designOf({ ...options, width: 6 });
    const seed = 7;
    const draw = createDraw(design, seed);
    const renderers = design.streams.map((stream) => [stream, createRenderer(design, seed, stream)] as const);
    const samples = Array.from({ length: draws }, (_, i) => {
      const { latents, label } = draw(`trial-${i}`);
      const random = (of: string) => randomNumbers(`trial/${i}/${of}`);
      const text = design.modalities.includes('text') ? drawText(design, shownBy('text', latents), random('text')) : '';
      const streams = Object.fromEntries(
        renderers.map(([stream, render]) => [stream, render(shownBy(stream, latents), random(stream))]),
      );
      return { label, text, streams };
    });
    for (const modalities of subsetsOf(design.modalities)) {
      const read = createReader(design, seed, modalities);
      const scores = samples.map(({ label, text, streams }) => {
        const prediction = read(text, streams);
        return design.task === 'regression' ? Math.abs(prediction - label) : Number(prediction === label);
      });
      const mean = scores.reduce((sum, score) => sum + score, 0) / draws;
      const variance = scores.reduce((sum, score) => sum + (score - mean) ** 2, 0) / (draws - 1);
      const optimum = optimumOf(design, modalities);
      const expectedScore = value(optimum, design.task === 'regression' ? 'meanAbsoluteError' : 'accuracy');
      // Four standard errors: of 20 comparisons, fewer than one in 700 fails by chance; the seed is fixed.
      expect(Math.abs(mean - expectedScore), modalities.join(' + ')).toBeLessThan(4 * Math.sqrt(variance / draws));
    }
  });
});
