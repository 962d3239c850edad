/** The short-time power spectrum: one row per frame, Hann window. */
import { createFourierTransform } from './fourier.js';
import { type Framing, fillFrame, frameCount, type Sound } from './sound.js';

export interface Spectrogram {
  /** [frames, bins], row by row: power, scaled so that a sine of amplitude a gives a^2 / 4 at its bin. */
  readonly values: Float64Array;
  readonly frames: number;
  readonly bins: number;
  /** Hz from one bin to the next. */
  readonly resolution: number;
}

export function spectrogram(sound: Sound, framing: Framing): Spectrogram {
  const length = Math.round(framing.window * sound.sampleRate);
  const window = hann(length);
  const weight = window.reduce((sum, value) => sum + value, 0);
  const transform = createFourierTransform(length);
  const frames = frameCount(sound, framing);
  const bins = transform.size / 2 + 1;
  const values = new Float64Array(frames * bins);
  const frame = new Float64Array(length);
  for (let t = 0; t < frames; t += 1) {
    fillFrame(sound, framing, t, frame);
    for (let i = 0; i < length; i += 1) frame[i] = ((frame[i] as number) * (window[i] as number)) / weight;
    transform.powerSpectrum(frame, values.subarray(t * bins, (t + 1) * bins));
  }
  return { values, frames, bins, resolution: sound.sampleRate / transform.size };
}

/** The periodic Hann window. */
export function hann(length: number): Float64Array {
  return Float64Array.from({ length }, (_, i) => 0.5 - 0.5 * Math.cos((2 * Math.PI * i) / length));
}
