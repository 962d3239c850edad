/** The voice of an utterance: spoken by the synthesiser with the delivery that was drawn, and recorded with noise. */
import type { SpokenWord } from '@interfuse/core';
import type { Sound } from '@interfuse/features';
import type { RandomNumbers } from '../sentences/random-numbers.js';
import { atLevel, joined, pinkNoise, powerOf, tilt, withoutSilence } from './acoustics.js';
import type { Delivery } from './construction.js';
import type { Prosody, Synthesiser } from './synthesiser.js';
import { timeWords } from './word-times.js';

/** How each latent is heard. */
export const voiceDesign = {
  /** Percent: `centre` and so many more for sincere, fewer for ironic utterances, and uniform within `jitter`. */
  rate: { centre: 100, irony: 9, jitter: 10 },
  range: { centre: 90, irony: 26, jitter: 25 },
  /** Percent for each standard deviation of `heard`; a wider range raises the mean, which is taken back. */
  pitch: { centre: 100, heard: 18, range: -0.4, least: 30, most: 200 },
  /** dB above and below the pivot for each standard deviation of `both`. */
  tilt: 3,
  /** Root mean square of a sentence with emphasis 1; full scale is 1. */
  level: 0.1,
  /** Seconds of silence, uniform. */
  pause: { before: [0.1, 0.4], between: [0.15, 0.5], after: [0.1, 0.4] },
  /** dB of the utterance above the noise, uniform. */
  noise: [10, 25],
} as const;

export interface SpokenSentence {
  /** Seconds from the start of the utterance. */
  readonly start: number;
  readonly end: number;
}

export interface TimedSentence extends SpokenSentence {
  /** As they are spoken, with times as those of the sentence. */
  readonly words: readonly SpokenWord[];
}

export interface Performance {
  readonly sound: Sound;
  readonly prosody: Prosody;
  readonly sentences: readonly TimedSentence[];
}

/** Speaks these texts. Neither polarity nor label is known here. */
export function speakUtterance(
  texts: readonly string[],
  voice: string,
  { irony, emphasis, heard, both }: Delivery,
  synthesiser: Synthesiser,
  random: RandomNumbers,
): Performance {
  const { rate, range, pitch, pause, noise } = voiceDesign;
  const between = ([least, most]: readonly [number, number]) => least + (most - least) * random.uniform();
  const shifted = (design: { centre: number; irony: number; jitter: number }) =>
    Math.round(design.centre + design.irony * irony + design.jitter * (2 * random.uniform() - 1));
  const spread = shifted(range);
  const level = pitch.centre + pitch.heard * heard + pitch.range * (spread - range.centre);
  const prosody = {
    rate: shifted(rate),
    range: spread,
    pitch: Math.round(Math.min(pitch.most, Math.max(pitch.least, level))),
  };

  const pieces: Float32Array[] = [];
  const sentences: TimedSentence[] = [];
  let sampleRate = 0;
  let length = 0;
  const add = (piece: Float32Array) => {
    pieces.push(piece);
    length += piece.length;
  };
  texts.forEach((text, i) => {
    const spoken = synthesiser.speak(spokenText(text), voice, prosody);
    const samples = withoutSilence(spoken.samples);
    sampleRate = spoken.sampleRate;
    add(new Float32Array(Math.round(between(i === 0 ? pause.before : pause.between) * sampleRate)));
    const start = length / sampleRate;
    const tilted = tilt(samples, sampleRate, voiceDesign.tilt * both);
    add(atLevel(tilted, voiceDesign.level * (emphasis[i] as number)));
    const words = timeWords(spokenText(text), { sampleRate, samples }, voice, prosody, synthesiser).map((word) => ({
      text: word.text,
      start: start + word.start,
      end: start + word.end,
    }));
    sentences.push({ start, end: length / sampleRate, words });
  });
  add(new Float32Array(Math.round(between(pause.after) * sampleRate)));

  const samples = joined(pieces);
  const hiss = pinkNoise(length, sampleRate, random);
  const hissLevel = Math.sqrt(powerOf(samples)) * 10 ** (-between(noise) / 20);
  return {
    sound: { sampleRate, samples: samples.map((sample, i) => sample + hissLevel * (hiss[i] as number)) },
    prosody,
    sentences,
  };
}

/** As it is spoken: in lower case, since capitals are stressed or spelt out, and every sentence ends the same way. */
export function spokenText(text: string): string {
  const plain = text.toLowerCase().replace(/[!?.]+/g, '.');
  return plain.endsWith('.') ? plain : `${plain}.`;
}
