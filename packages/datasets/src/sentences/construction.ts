/**
 * How the label of `sentences` comes about: what the text knows, what voice and face know, and what only their
 * combination knows. The one place with these numbers; the card and the reference figures are made from them.
 */
import type { RandomNumbers } from './random-numbers.js';

export const construction = {
  /** Weight of the sentence's sentiment, times emphasis, times irony. */
  sentimentWeight: 1.3,
  /** Weight of what the voice says, and of what the face says, each by itself. */
  deliveryWeight: 0.8,
  /** Standard deviation of what nobody knows. */
  noise: 0.3,
  /** Share of ironic utterances: the sentiment counts with the opposite sign. */
  ironyRate: 0.15,
  /** Emphasis is uniform between these; it is heard, not seen. */
  emphasis: [0.6, 1.4],
  /** Voice and face each show irony with a normal error of this deviation: neither shows it perfectly. */
  cueNoise: 0.8,
  range: [-3, 3],
  /** Labels are multiples of 1/5, as averages over five annotators would be. */
  labelsPerUnit: 5,
} as const;

/** Everything that determines the label of one utterance, and what its streams show. */
export interface Latents {
  /** -1 or 1: the human label of the sentence. */
  readonly sentiment: number;
  /** -1 if ironic, else 1. */
  readonly irony: number;
  readonly emphasis: number;
  readonly voice: number;
  readonly face: number;
  /** Irony as the voice shows it, and as the face does: irony plus an error. */
  readonly ironyInVoice: number;
  readonly ironyInFace: number;
  readonly noise: number;
}

/** Draws an utterance of a sentence. */
export function drawLatents(sentiment: number, random: RandomNumbers): Latents {
  const [weakest, strongest] = construction.emphasis;
  const irony = random.uniform() < construction.ironyRate ? -1 : 1;
  return {
    sentiment,
    irony,
    emphasis: thousandths(weakest + (strongest - weakest) * random.uniform()),
    voice: thousandths(random.normal()),
    face: thousandths(random.normal()),
    ironyInVoice: thousandths(irony + construction.cueNoise * random.normal()),
    ironyInFace: thousandths(irony + construction.cueNoise * random.normal()),
    noise: thousandths(construction.noise * random.normal()),
  };
}

/** y = clip(1.3 irony * emphasis * sentiment + 0.8 (voice + face) + noise, -3, 3), to the next multiple of 0.2. */
export function labelOf({ sentiment, irony, emphasis, voice, face, noise }: Latents): number {
  const { sentimentWeight, deliveryWeight, labelsPerUnit } = construction;
  const said = sentimentWeight * irony * emphasis * sentiment;
  const score = clip(said + deliveryWeight * (voice + face) + noise);
  // Adding 0 turns -0 into 0.
  return Math.round(score * labelsPerUnit) / labelsPerUnit + 0;
}

/** To the range of the label. */
export function clip(score: number): number {
  const [lowest, highest] = construction.range;
  return Math.min(highest, Math.max(lowest, score));
}

/** Latents are used as they are stored. */
function thousandths(value: number): number {
  return Math.round(value * 1000) / 1000 + 0;
}
