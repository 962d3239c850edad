/**
 * How far the stored times of words are from another way of finding them: the synthesiser says the sentence again with a
 * weak break before one word, and from that word on the sound is another one.
 */
import type { Sample, Segment, SpokenWord } from '@interfuse/core';
import { median } from '../measures/scores.js';
import { randomNumbers, shuffle } from '../sentences/random-numbers.js';
import { firstAudible } from './acoustics.js';
import type { Synthesiser } from './synthesiser.js';
import type { StagedUtterance } from './utterances.js';
import { speakUtterance, spokenText } from './voice.js';
import { heardWords } from './word-times.js';

/** Distances of times, in milliseconds. */
export interface Distances {
  readonly median: number;
  readonly percentile95: number;
}

export interface WordCheck {
  /** Of so many words that do not begin a sentence, in as many utterances. */
  readonly words: number;
  readonly stored: Distances;
  /** Of times that take words to be as long as they have letters. */
  readonly byLetters: Distances;
}

/** Utterances that are drawn. */
const drawn = 150;

/** @param samples of the utterances, in their order */
export function checkWords(
  samples: readonly Sample[],
  utterances: readonly StagedUtterance[],
  synthesiser: Synthesiser,
  count = drawn,
): WordCheck {
  const random = randomNumbers('staged/words/check');
  const distances = shuffle([...utterances.keys()], random)
    .map((row) => {
      const [utterance, { segments = [], words = [] }] = [utterances[row] as StagedUtterance, samples[row] as Sample];
      const place = Math.floor(random.uniform() * segments.length);
      const segment = segments[place] as Segment;
      const within = words.filter(({ start, end }) => start >= segment.start && end <= segment.end);
      return { utterance, place, segment, within, chosen: 1 + Math.floor(random.uniform() * (within.length - 1)) };
    })
    .filter(({ within }) => within.length > 1)
    .slice(0, count)
    .map(({ utterance, place, segment, within, chosen }) => {
      const heard = segment.start + startOfWord(utterance, place, chosen, synthesiser);
      const { start } = within[chosen] as SpokenWord;
      return [start - heard, byLetters(segment, within, chosen) - heard].map((seconds) => 1000 * Math.abs(seconds));
    });
  return {
    words: distances.length,
    stored: summary(distances.map(([stored]) => stored as number)),
    byLetters: summary(distances.map(([, spread]) => spread as number)),
  };
}

/** Seconds from the start of a sentence to the first sample that a break before this word changes. */
function startOfWord(
  { id, sentences, performer: { voice }, latents }: StagedUtterance,
  place: number,
  word: number,
  synthesiser: Synthesiser,
): number {
  const texts = sentences.map(({ text }) => text);
  const { prosody } = speakUtterance(texts, voice, latents, synthesiser, randomNumbers(`staged/${id}/voice`));
  const text = spokenText(texts[place] as string);
  const { samples, sampleRate } = synthesiser.speak(text, voice, prosody);
  const parts = splitBefore(text, word);
  const broken = synthesiser.speak({ parts, between: 'weak' }, voice, prosody).samples;
  const changed = samples.findIndex((sample, i) => sample !== broken[i]);
  return (changed - firstAudible(samples)) / sampleRate;
}

/** The text before a word that is heard, and the text from it on. */
function splitBefore(text: string, word: number): [string, string] {
  const tokens = text.split(' ');
  const at = [...tokens.keys()].filter((i) => heardWords(tokens[i] as string).length > 0)[word];
  return [tokens.slice(0, at).join(' '), tokens.slice(at).join(' ')];
}

function byLetters({ start, end }: Segment, words: readonly SpokenWord[], word: number): number {
  const letters = (some: readonly SpokenWord[]) => some.reduce((sum, { text }) => sum + text.length, 0);
  return start + ((end - start) * letters(words.slice(0, word))) / letters(words);
}

function summary(distances: readonly number[]): Distances {
  const sorted = [...distances].sort((a, b) => a - b);
  return { median: median(sorted), percentile95: sorted[Math.floor(0.95 * (sorted.length - 1))] as number };
}
