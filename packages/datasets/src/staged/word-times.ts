/**
 * When each word of a sentence is heard. The synthesiser does not tell, so it says the sentence once more, with a pause
 * between any two words; these parts, put together without the pauses, are aligned with what was said at first.
 */
import { InterfuseError, type SpokenWord } from '@interfuse/core';
import { cepstra, logMel, type Sound, spectrogram, standardMel } from '@interfuse/features';
import { joined, withoutSilence } from './acoustics.js';
import type { Prosody, Synthesiser } from './synthesiser.js';
import { momentHere, warp } from './time-warping.js';

/** How words are told apart. */
export const wordTiming = {
  /** Milliseconds between words when they are said one by one. */
  pause: 900,
  /** Seconds of silence that are such a pause: an echo takes some of it. */
  leastPause: 0.25,
  /** Seconds of silence that are a pause of the sentence, where its punctuation asks for one. */
  leastRest: 0.03,
  /** Below this share of the loudest sample is silence. */
  audible: 0.006,
  framing: { hop: 0.01, window: 0.02 },
  coefficients: 14,
} as const;

/** Half of -120 dB: below, differences between bands are those of silence. */
const quietest = -14;

/** Of a sentence, the words that are heard: those with a letter, a digit or `&`. */
export function heardWords(text: string): string[] {
  return text.split(/\s+/).filter((word) => /[\p{L}\p{N}&]/u.test(word));
}

/**
 * Seconds from the start of `spoken`. Words follow each other without a gap, but for a pause behind punctuation; the first
 * begins with the sound, the last ends with it.
 *
 * @param text as it was handed to the synthesiser
 * @param spoken what the synthesiser made of it, without the silence around it
 * @throws DATASET_INVALID if there are not as many parts as words
 */
export function timeWords(
  text: string,
  spoken: Sound,
  voice: string,
  prosody: Prosody,
  synthesiser: Pick<Synthesiser, 'speak'>,
): SpokenWord[] {
  const words = heardWords(text);
  const parts = sayOneByOne(words, voice, prosody, synthesiser);
  const { hop } = wordTiming.framing;
  const { samples, sampleRate } = spoken;
  const together = joined(parts);
  const path = warp(timbre(spoken), timbre({ samples: together, sampleRate }), wordTiming.coefficients);
  const rests = silences(samples, wordTiming.leastRest * sampleRate);
  let [length, latest] = [0, 0];
  const bounds = parts.slice(0, -1).map((part, i): [end: number, start: number] => {
    length += part.length;
    const bound = momentHere(path, length / (hop * sampleRate)) * hop;
    const [end, start] = /[^\p{L}\p{N}]$/u.test(words[i] as string) ? restAt(bound, rests, sampleRate) : [bound, bound];
    const ends = Math.max(latest, end);
    latest = Math.max(ends, start);
    return [ends, latest];
  });
  return words.map((word, i) => ({
    text: word,
    start: bounds[i - 1]?.[1] ?? 0,
    end: bounds[i]?.[0] ?? samples.length / sampleRate,
  }));
}

function sayOneByOne(
  words: readonly string[],
  voice: string,
  prosody: Prosody,
  synthesiser: Pick<Synthesiser, 'speak'>,
): Float32Array[] {
  const { samples, sampleRate } = synthesiser.speak({ parts: words, between: wordTiming.pause }, voice, prosody);
  const said = withoutSilence(samples, wordTiming.audible);
  let from = 0;
  const parts = silences(said, wordTiming.leastPause * sampleRate).map(([start, end]) => {
    const part = said.subarray(from, start);
    from = end;
    return part;
  });
  parts.push(said.subarray(from));
  if (parts.length === words.length) return parts;
  throw new InterfuseError('DATASET_INVALID', {
    place: `"${words.join(' ')}", spoken by ${voice} word by word`,
    expected: `${words.length} parts with pauses between them`,
    got: `${parts.length}`,
    remedy: 'Make the pauses longer, or leave the sentence out.',
  });
}

/** The pause next to a moment, if there is one. */
function restAt(moment: number, rests: readonly Silence[], sampleRate: number): [number, number] {
  const { hop } = wordTiming.framing;
  const rest = rests
    .map(([start, end]): [number, number] => [start / sampleRate, end / sampleRate])
    .find(([start, end]) => moment > start - 3 * hop && moment < end + 3 * hop);
  return rest ?? [moment, moment];
}

type Silence = readonly [start: number, end: number];

/** Where nothing is heard for so many samples: from the first sample to the one behind the last. */
function silences(samples: Float32Array, least: number): Silence[] {
  const audible = wordTiming.audible * samples.reduce((most, sample) => Math.max(most, Math.abs(sample)), 0);
  const found: Silence[] = [];
  let start = 0;
  samples.forEach((sample, i) => {
    if (Math.abs(sample) <= audible) return;
    if (i - start >= least) found.push([start, i]);
    start = i + 1;
  });
  return found;
}

/** [frames, 14]: cepstral coefficients, the level first. */
function timbre(sound: Sound): Float64Array {
  const bands = logMel(spectrogram(sound, wordTiming.framing)).map((power) => Math.max(quietest, power));
  return cepstra(bands, standardMel.bands, wordTiming.coefficients);
}
