/** What happens to a voice on its way to the microphone: tilt, level, noise. */
import type { RandomNumbers } from '../sentences/random-numbers.js';

/** Of the loudest sample: what is below is silence. */
const audibleShare = 0.01;

/** Hz: where a tilted spectrum keeps its level. */
const pivot = 1000;

/**
 * Tilts the spectrum: `decibels` more above the pivot and as many less below (two shelves of first order).
 *
 * @param samples amplitudes
 * @returns new amplitudes
 */
export function tilt(samples: Float32Array, sampleRate: number, decibels: number): Float32Array {
  const keep = Math.exp((-2 * Math.PI * pivot) / sampleRate);
  const [below, above] = [10 ** (-decibels / 20), 10 ** (decibels / 20)];
  let low = 0;
  return samples.map((sample) => {
    low = keep * low + (1 - keep) * sample;
    return below * low + above * (sample - low);
  });
}

/** Without the silence before and after: from the first to the last sample above a share of the loudest. */
export function withoutSilence(samples: Float32Array, share = audibleShare): Float32Array {
  const isAudible = audibleIn(samples, share);
  return samples.slice(firstAudible(samples, share), samples.findLastIndex(isAudible) + 1);
}

/** The first sample that `withoutSilence` keeps. */
export function firstAudible(samples: Float32Array, share = audibleShare): number {
  return Math.max(0, samples.findIndex(audibleIn(samples, share)));
}

function audibleIn(samples: Float32Array, share: number): (sample: number) => boolean {
  const audible = share * samples.reduce((most, sample) => Math.max(most, Math.abs(sample)), 0);
  return (sample) => Math.abs(sample) > audible;
}

/** One behind the other. */
export function joined(pieces: readonly Float32Array[]): Float32Array {
  const whole = new Float32Array(pieces.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const piece of pieces) {
    whole.set(piece, at);
    at += piece.length;
  }
  return whole;
}

/** Scaled to this root mean square. */
export function atLevel(samples: Float32Array, level: number): Float32Array {
  const power = powerOf(samples);
  return power === 0 ? samples : samples.map((sample) => (sample * level) / Math.sqrt(power));
}

export function powerOf(samples: Float32Array): number {
  return samples.reduce((sum, sample) => sum + sample * sample, 0) / Math.max(1, samples.length);
}

/**
 * Noise whose power falls by 3 dB per octave: white noise through low-passes of first order an octave apart, whose gains
 * fall with the root of their corners. Root mean square 1.
 */
export function pinkNoise(length: number, sampleRate: number, random: RandomNumbers): Float32Array {
  const passes = Array.from({ length: 9 }, (_, octave) => 40 * 2 ** octave)
    .filter((hertz) => hertz < sampleRate / 2)
    .map((hertz) => {
      const keep = Math.exp((-2 * Math.PI * hertz) / sampleRate);
      return { keep, drive: (1 - keep) / Math.sqrt(hertz) };
    });
  const keeps = Float64Array.from(passes, ({ keep }) => keep);
  const drives = Float64Array.from(passes, ({ drive }) => drive);
  const states = new Float64Array(passes.length);
  const noise = new Float32Array(length);
  for (let i = 0; i < length; i += 1) {
    const white = random.uniform() - 0.5;
    let sum = 0;
    for (let k = 0; k < states.length; k += 1) {
      const state = (keeps[k] as number) * (states[k] as number) + (drives[k] as number) * white;
      states[k] = state;
      sum += state;
    }
    noise[i] = sum;
  }
  return atLevel(noise, 1);
}
