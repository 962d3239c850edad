/** A sound with one channel, and the frames in which it is looked at. */
import { InterfuseError } from '@interfuse/core';

export interface Sound {
  /** In Hz. */
  readonly sampleRate: number;
  /** Amplitudes; full scale is -1 to 1. */
  readonly samples: Float32Array;
}

/** Frames are centred at (i + 1/2) hop; what lies before the start and after the end of the sound is silence. */
export interface Framing {
  /** Seconds from one frame to the next. */
  readonly hop: number;
  /** Seconds that a frame spans. */
  readonly window: number;
}

export const standardFraming: Framing = { hop: 0.01, window: 0.025 };

/** Number of frames of a sound: the last may reach beyond its end. */
export function frameCount({ samples, sampleRate }: Sound, { hop }: Framing): number {
  // A hair less, so that a whole number of hops is not rounded up.
  return Math.max(1, Math.ceil(samples.length / (hop * sampleRate) - 1e-9));
}

/** Copies the samples around the centre of a frame into `target`, whose length is what the frame spans. */
export function fillFrame({ samples, sampleRate }: Sound, { hop }: Framing, frame: number, target: Float64Array): void {
  const first = Math.round((frame + 0.5) * hop * sampleRate - target.length / 2);
  for (let i = 0; i < target.length; i += 1) target[i] = samples[first + i] ?? 0;
}

/** @throws FEATURES_INPUT if there is nothing to hear, or a sample is not finite */
export function checkSound({ samples, sampleRate }: Sound, place: string): void {
  const wrong = (expected: string, got: string) => new InterfuseError('FEATURES_INPUT', { place, expected, got });
  if (!(sampleRate >= 1000)) throw wrong('a sample rate of at least 1000 Hz', `${sampleRate} Hz`);
  if (samples.length === 0) throw wrong('at least one sample', 'none');
  const at = samples.findIndex((sample) => !Number.isFinite(sample));
  if (at !== -1) throw wrong('finite samples', `${samples[at]} at sample ${at}`);
}
