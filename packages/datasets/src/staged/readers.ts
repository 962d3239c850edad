/**
 * Ideal readers: what can be reached at best by who knows only a part, simulated from the construction alone. They are
 * given latents, free of the noise of the streams, and the true polarity of the words; a model has to find all that.
 */
import type { ReferenceFigure } from '@interfuse/core';
import { normalBelow } from '../measures/normal.js';
import { mean, median } from '../measures/scores.js';
import { type RandomNumbers, randomNumbers } from '../sentences/random-numbers.js';
import { clip, construction, deliveryScore, drawDelivery, drawNoise, type Latents, scoreOf } from './construction.js';

const draws = 100_000;

/** What an ideal reader of polarity who is right only so often is told. */
const oftenRight = 0.8;

export interface Reader {
  readonly name: string;
  readonly meaning: string;
  predict(latents: Latents): number;
}

/** Half of one sentence, half of two, as in the dataset. */
export function simulate(count = draws): Latents[] {
  const random = randomNumbers('staged/readers');
  return Array.from({ length: count }, (_, i) => {
    const sentences = i % 2 === 0 ? 1 : 2;
    const polarity = Array.from({ length: sentences }, () => (random.uniform() < 0.5 ? -1 : 1));
    return { ...drawDelivery(sentences, random), polarity, noise: drawNoise(random) };
  });
}

/** The label before rounding. */
export function unroundedLabel(latents: Latents): number {
  return clip(scoreOf(latents) + latents.noise);
}

/** From the least knowing to the most; what they have to know of the construction is taken from these draws. */
export function createReaders(drawn: readonly Latents[]): Reader[] {
  const middle = median(drawn.map(unroundedLabel));
  const ofText = byPolarity(drawn, unroundedLabel, median);
  const ofRest = byPolarity(drawn, (latents) => unroundedLabel(latents) - deliveryScore(latents), median);
  const random = randomNumbers('staged/readers/polarity');
  return [
    { name: 'constant', meaning: 'the median of the labels', predict: () => middle },
    {
      name: 'audio + vision',
      meaning: 'the delivery, not the words',
      predict: (latents) => clip(deliveryScore(latents)),
    },
    { name: 'text', meaning: 'the polarity of the words', predict: ofText },
    {
      name: 'additive',
      meaning: 'both, each adding its share: no interaction',
      predict: (latents) => clip(ofRest(latents) + deliveryScore(latents)),
    },
    {
      name: 'polarity at 80 %',
      meaning: 'all, but the polarity of a sentence is wrong in one of five',
      predict: (latents) => clip(medianOfDoubt(latents, random)),
    },
    { name: 'everything', meaning: 'all but the noise', predict: (latents) => clip(scoreOf(latents)) },
  ];
}

/** Mean absolute errors on the simulated utterances, to two decimals. */
export function readerFigures(drawn: readonly Latents[] = simulate()): ReferenceFigure[] {
  const labels = drawn.map(unroundedLabel);
  return createReaders(drawn).map(({ name, meaning, predict }) => {
    const error = mean(drawn.map((latents, i) => Math.abs(predict(latents) - (labels[i] as number))));
    return { name, metric: 'MAE', value: Math.round(100 * error) / 100, meaning };
  });
}

export interface VarianceShares {
  readonly text: number;
  /** Of audio and vision together; a third of it is heard only, a third seen only, a third both. */
  readonly delivery: number;
  readonly interaction: number;
  readonly noise: number;
}

/**
 * How the variance of y before clipping divides: what the mean given the words explains, what the sum of the delivery's
 * own latents explains, the noise, and what is left: words times delivery.
 */
export function varianceShares(drawn: readonly Latents[] = simulate()): VarianceShares {
  const scores = drawn.map((latents) => scoreOf(latents) + latents.noise);
  const total = variance(scores);
  const byText = byPolarity(drawn, (_, i) => scores[i] as number, mean);
  const text = variance(drawn.map(byText)) / total;
  const delivery = variance(drawn.map(deliveryScore)) / total;
  const noise = construction.noise ** 2 / total;
  return { text, delivery, interaction: 1 - text - delivery - noise, noise };
}

function variance(values: readonly number[]): number {
  const centre = mean(values);
  return mean(values.map((value) => (value - centre) ** 2));
}

/** A figure of the utterances with the same polarities. */
function byPolarity(
  drawn: readonly Latents[],
  figureOf: (latents: Latents, index: number) => number,
  summarise: (values: readonly number[]) => number,
): (latents: Latents) => number {
  const values = new Map<string, number[]>();
  drawn.forEach((latents, i) => {
    const key = latents.polarity.join();
    const list = values.get(key);
    if (list) list.push(figureOf(latents, i));
    else values.set(key, [figureOf(latents, i)]);
  });
  const figures = new Map([...values].map(([key, list]) => [key, summarise(list)]));
  return ({ polarity }) => figures.get(polarity.join()) as number;
}

/** The median of y for who is told polarities that are wrong in one of five, and knows it: a mixture of normals. */
function medianOfDoubt(latents: Latents, random: RandomNumbers): number {
  const told = latents.polarity.map((sign) => (random.uniform() < oftenRight ? sign : -sign));
  let components = [{ weight: 1, polarity: [] as number[] }];
  for (const sign of told) {
    components = components.flatMap(({ weight, polarity }) => [
      { weight: weight * oftenRight, polarity: [...polarity, sign] },
      { weight: weight * (1 - oftenRight), polarity: [...polarity, -sign] },
    ]);
  }
  const parts = components.map(({ weight, polarity }) => ({ weight, centre: scoreOf({ ...latents, polarity }) }));
  const centres = parts.map(({ centre }) => centre);
  let [low, high] = [Math.min(...centres) - 1, Math.max(...centres) + 1];
  while (high - low > 1e-3) {
    const between = (low + high) / 2;
    const below = parts.reduce(
      (sum, { weight, centre }) => sum + weight * normalBelow((between - centre) / construction.noise),
      0,
    );
    if (below < 0.5) low = between;
    else high = between;
  }
  return (low + high) / 2;
}
