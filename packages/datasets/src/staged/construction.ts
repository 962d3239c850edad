/**
 * How the label of `staged` comes about: what the words know, what the delivery knows, and what only their combination
 * knows. The one place with these numbers; the card, the ideal readers and the performance are made from them.
 */
import type { RandomNumbers } from '../sentences/random-numbers.js';

export const construction = {
  /** Weight of irony times the sum of emphasis times polarity. */
  sentimentWeight: 1.3,
  /** Weight of what is heard, of what is seen and of what is both. */
  deliveryWeight: 0.6,
  /** Standard deviation of what nobody knows. */
  noise: 0.3,
  /** Share of ironic utterances: what is said counts with the opposite sign. */
  ironyRate: 0.15,
  /** Emphasis is uniform between these: of the only sentence, of the one that is meant, of the one beside it. */
  emphasis: { solo: [0.6, 1.4], meant: [0.9, 1.4], aside: [0, 0.2] },
  range: [-3, 3],
  /** Labels are multiples of 1/5, as averages over five annotators would be. */
  labelsPerUnit: 5,
} as const;

/** What the delivery of an utterance knows. It never sees polarity or label. */
export interface Delivery {
  /** -1 if ironic, else 1. */
  readonly irony: number;
  /** Of each sentence. */
  readonly emphasis: readonly number[];
  /** u_a: heard only. */
  readonly heard: number;
  /** u_v: seen only. */
  readonly seen: number;
  /** r: heard and seen. */
  readonly both: number;
}

/** Everything that determines a label. */
export interface Latents extends Delivery {
  /** -1 or 1 for each sentence, as people labelled it. */
  readonly polarity: readonly number[];
  readonly noise: number;
}

/** Draws how an utterance of one or two sentences is delivered. */
export function drawDelivery(sentences: 1 | 2, random: RandomNumbers): Delivery {
  const { ironyRate, emphasis } = construction;
  const between = ([least, most]: readonly [number, number]) => least + (most - least) * random.uniform();
  const irony = random.uniform() < ironyRate ? -1 : 1;
  const meant = random.uniform() < 0.5 ? 0 : 1;
  const drawn =
    sentences === 1
      ? [between(emphasis.solo)]
      : [0, 1].map((place) => between(place === meant ? emphasis.meant : emphasis.aside));
  return {
    irony,
    emphasis: drawn.map(thousandths),
    heard: thousandths(random.normal()),
    seen: thousandths(random.normal()),
    both: thousandths(random.normal()),
  };
}

export function drawNoise(random: RandomNumbers): number {
  return thousandths(construction.noise * random.normal());
}

/** y before clipping and rounding, without the noise. */
export function scoreOf({ polarity, ...delivery }: Omit<Latents, 'noise'>): number {
  const said = polarity.reduce((sum, sign, i) => sum + sign * (delivery.emphasis[i] as number), 0);
  return construction.sentimentWeight * delivery.irony * said + deliveryScore(delivery);
}

/** y = clip(1.3 irony * sum(emphasis * polarity) + 0.6 (heard + seen + both) + noise, -3, 3), to the next multiple of 0.2. */
export function labelOf(latents: Latents): number {
  return round(clip(scoreOf(latents) + latents.noise));
}

/** What somebody would say who has the words only, the sound only or the picture only: the mean of y given that. */
export function unimodalLabels({ polarity, heard, seen, both }: Latents): {
  readonly text: number;
  readonly audio: number;
  readonly vision: number;
} {
  const { sentimentWeight, deliveryWeight, ironyRate, emphasis } = construction;
  const middle = ([least, most]: readonly [number, number]) => (least + most) / 2;
  const usual = polarity.length === 1 ? middle(emphasis.solo) : (middle(emphasis.meant) + middle(emphasis.aside)) / 2;
  const said = polarity.reduce((sum, sign) => sum + sign * usual, 0);
  return {
    text: round(clip(sentimentWeight * (1 - 2 * ironyRate) * said)),
    audio: round(clip(deliveryWeight * (heard + both))),
    vision: round(clip(deliveryWeight * (seen + both))),
  };
}

export function deliveryScore({ heard, seen, both }: Pick<Delivery, 'heard' | 'seen' | 'both'>): number {
  return construction.deliveryWeight * (heard + seen + both);
}

/** To the range of the label. */
export function clip(score: number): number {
  const [lowest, highest] = construction.range;
  return Math.min(highest, Math.max(lowest, score));
}

/** Adding 0 turns -0 into 0. */
function round(score: number): number {
  return Math.round(score * construction.labelsPerUnit) / construction.labelsPerUnit + 0;
}

/** Latents are used as they are stored. */
function thousandths(value: number): number {
  return Math.round(value * 1000) / 1000 + 0;
}
