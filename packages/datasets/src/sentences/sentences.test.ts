import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Dataset, Split } from '@interfuse/core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Description, verifyDataset } from '../folder/index.js';
import { sentences } from '../index.js';
import { drawLatents, labelOf } from './construction.js';
import { generateSentences, sentencesFolder } from './generate.js';
import { randomNumbers, shuffle } from './random-numbers.js';
import { medianGivenAll, referenceFigures } from './reference.js';
import { chooseSentences } from './texts.js';
import { drawUtterances } from './utterances.js';

const description = JSON.parse(readFileSync(join(sentencesFolder, 'dataset.json'), 'utf8')) as Description;

let dataset: Dataset;
let train: Split;
let valid: Split;
beforeAll(async () => {
  const logger = { debug() {}, info() {}, warn() {} };
  dataset = await (await sentences.load())({}, { resolvePath: (path) => path, logger });
  [train, valid] = [await dataset.open('train'), await dataset.open('valid')];
});
afterAll(async () => {
  await train.close();
  await valid.close();
});

describe('the bundled dataset', () => {
  it('is whole', async () => {
    expect(await verifyDataset(sentencesFolder)).toEqual(dataset.spec);
    expect(dataset.spec.sizes).toEqual({ train: 1000, valid: 200, test: 300 });
  });

  it('is what the generator writes, byte for byte', async () => {
    const parent = mkdtempSync(join(tmpdir(), 'interfuse-sentences-'));
    try {
      await generateSentences(join(parent, 'again'));
      for (const path of ['dataset.json', 'card.md', ...Object.keys(description.files)]) {
        const same = readFileSync(join(parent, 'again', path)).equals(readFileSync(join(sentencesFolder, path)));
        expect([path, same]).toEqual([path, true]);
      }
    } finally {
      rmSync(parent, { recursive: true });
    }
  });

  it('says on its card that the streams are generated', () => {
    expect(readFileSync(join(sentencesFolder, 'card.md'), 'utf8')).toContain('streams are generated');
  });

  it('has labels that follow from the stored latents', () => {
    for (const { id, labels } of [...train.samples, ...valid.samples]) {
      expect([id, labelOf(labels as never)]).toEqual([id, labels.task]);
    }
  });

  it('has no sentence in two splits, and is balanced in each', () => {
    const splits = drawUtterances(chooseSentences().sentences);
    const [inTrain, inValid, inTest] = [splits.train, splits.valid, splits.test].map(
      (utterances) => new Set(utterances.map(({ sentence }) => sentence.id)),
    ) as [Set<string>, Set<string>, Set<string>];
    expect(new Set([...inTrain, ...inValid, ...inTest]).size).toBe(inTrain.size + inValid.size + inTest.size);
    for (const utterances of Object.values(splits)) {
      expect(utterances.reduce((sum, { sentence }) => sum + sentence.sentiment, 0)).toBe(0);
    }
  });
});

describe('what the modalities know', () => {
  const label = (split: Split, name: string) => split.samples.map(({ labels }) => labels[name] as number);

  it.each([
    ['audio', 'voice'],
    ['audio', 'emphasis'],
    ['audio', 'ironyInVoice'],
    ['vision', 'face'],
    ['vision', 'ironyInFace'],
  ])('%s shows %s: ridge regression on means over time explains more than 0.7 on valid', async (stream, latent) => {
    const predicted = await probe([stream], latent);
    expect(explained(predicted, label(valid, latent))).toBeGreaterThan(0.7);
  });

  it.each([
    ['audio', 'face'],
    ['vision', 'voice'],
    ['vision', 'emphasis'],
    ['audio', 'sentiment'],
    ['vision', 'sentiment'],
  ])('%s does not show %s', async (stream, latent) => {
    const predicted = await probe([stream], latent);
    expect(explained(predicted, label(valid, latent))).toBeLessThan(0.05);
  });

  it('either stream shows irony, neither perfectly, both together better', async () => {
    const irony = label(valid, 'irony');
    const [audio, vision, both] = (await Promise.all(
      [['audio'], ['vision'], ['audio', 'vision']].map(async (streams) =>
        areaUnderCurve(await probe(streams, 'irony'), irony),
      ),
    )) as [number, number, number];
    for (const one of [audio, vision]) {
      expect(one).toBeGreaterThan(0.85);
      expect(one).toBeLessThan(0.98);
      expect(both).toBeGreaterThan(one);
    }
  });

  /** Predicts a label of valid from train, by ridge regression on the means of streams over time. */
  async function probe(streams: string[], latent: string): Promise<number[]> {
    const [inTrain, inValid] = await Promise.all([train, valid].map((split) => meansOf(split, streams)));
    return ridge(inTrain as number[][], label(train, latent), inValid as number[][]);
  }
});

describe('the reference figures', () => {
  const figures = referenceFigures();

  it('are those of the committed description, ordered from the least knowing to the most', () => {
    expect(description.referenceFigures).toEqual(figures);
    const values = figures.map(({ value }) => value);
    expect(values).toEqual([...values].sort((a, b) => b - a));
  });

  it('nobody who knows the means but not the noise gets below the noise', () => {
    // E|N(0, 0.3)| = 0.3 sqrt(2 / pi) = 0.239, were there neither clipping nor doubt about irony.
    const everything = figures.find(({ name }) => name === 'everything');
    expect(everything?.value).toBeGreaterThan(0.239);
  });

  it('the best guess follows the sentence where delivery is sincere and turns it round where it is not', () => {
    const latents = { ...drawLatents(1, randomNumbers('test')), emphasis: 1, voice: 0, face: 0 };
    expect(medianGivenAll({ ...latents, ironyInVoice: 2, ironyInFace: 2 })).toBeCloseTo(1.3, 2);
    expect(medianGivenAll({ ...latents, ironyInVoice: -3, ironyInFace: -3 })).toBeCloseTo(-1.3, 2);
  });
});

describe('random numbers', () => {
  it('have the moments of their distributions', () => {
    const random = randomNumbers('moments');
    const uniform = Array.from({ length: 20_000 }, () => random.uniform());
    const normal = Array.from({ length: 20_000 }, () => random.normal());
    // Four standard errors: sqrt(1/12) / sqrt(n), 1 / sqrt(n), sqrt(2) / sqrt(n).
    expect(Math.abs(mean(uniform) - 0.5)).toBeLessThan(0.0082);
    expect(Math.abs(mean(normal))).toBeLessThan(0.0283);
    expect(Math.abs(mean(normal.map((x) => x * x)) - 1)).toBeLessThan(0.04);
  });

  it('are the same for a name and others for another', () => {
    const draw = (name: string) => Array.from({ length: 4 }, randomNumbers(name).uniform);
    expect(draw('a')).toEqual(draw('a'));
    expect(draw('a')).not.toEqual(draw('b'));
  });

  it('shuffle without losing an entry', () => {
    const entries = Array.from({ length: 50 }, (_, i) => i);
    const shuffled = shuffle(entries, randomNumbers('cards'));
    expect(shuffled).not.toEqual(entries);
    expect(shuffled.sort((a, b) => a - b)).toEqual(entries);
  });
});

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** One row per sample: the mean over time of every feature of these streams. */
async function meansOf(split: Split, streams: string[]): Promise<number[][]> {
  const means = split.samples.map((): number[] => []);
  for (const stream of streams) {
    const width = dataset.spec.streams[stream]!.width;
    const { values, lengths } = await split.read(
      stream,
      split.samples.map((_, row) => row),
    );
    let first = 0;
    lengths.forEach((length, row) => {
      const steps = values.subarray(first * width, (first + length) * width);
      for (let feature = 0; feature < width; feature += 1) {
        let sum = 0;
        for (let step = 0; step < length; step += 1) sum += steps[step * width + feature]!;
        means[row]!.push(sum / length);
      }
      first += length;
    });
  }
  return means;
}

/** Ridge regression with an intercept: w = (X'X + 10 I)^-1 X'y on centred data, by Gaussian elimination. */
function ridge(x: number[][], y: number[], wanted: number[][]): number[] {
  const width = x[0]!.length;
  const centre = Array.from({ length: width }, (_, i) => mean(x.map((row) => row[i]!)));
  const average = mean(y);
  const system = Array.from({ length: width }, () => new Float64Array(width + 1));
  x.forEach((row, sample) => {
    const centred = row.map((value, i) => value - centre[i]!);
    for (let i = 0; i < width; i += 1) {
      for (let j = 0; j < width; j += 1) system[i]![j]! += centred[i]! * centred[j]!;
      system[i]![width]! += centred[i]! * (y[sample]! - average);
    }
  });
  for (let i = 0; i < width; i += 1) system[i]![i]! += 10;
  // Positive definite: no pivoting is needed.
  for (let i = 0; i < width; i += 1) {
    for (let k = 0; k < width; k += 1) {
      if (k === i) continue;
      const factor = system[k]![i]! / system[i]![i]!;
      for (let j = i; j <= width; j += 1) system[k]![j]! -= factor * system[i]![j]!;
    }
  }
  const weights = system.map((row, i) => row[width]! / row[i]!);
  return wanted.map((row) => row.reduce((sum, value, i) => sum + (value - centre[i]!) * weights[i]!, average));
}

/** Share of the variance that a prediction explains. */
function explained(predicted: number[], actual: number[]): number {
  const average = mean(actual);
  const left = mean(predicted.map((value, i) => (value - actual[i]!) ** 2));
  return 1 - left / mean(actual.map((value) => (value - average) ** 2));
}

/** Probability that a random positive (1) is ranked above a random negative. */
function areaUnderCurve(scores: number[], classes: number[]): number {
  const positive = scores.filter((_, i) => classes[i] === 1);
  const negative = scores.filter((_, i) => classes[i] !== 1);
  return mean(positive.map((score) => mean(negative.map((other) => (score > other ? 1 : 0)))));
}
