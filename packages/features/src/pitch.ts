/**
 * Fundamental frequency and voicing by YIN (de Cheveigné and Kawahara: "YIN, a fundamental frequency estimator for speech
 * and music", JASA 2002): the first lag at which a frame resembles itself.
 */
import { type Framing, fillFrame, frameCount, type Sound } from './sound.js';

export interface PitchSettings {
  /** In Hz. */
  readonly lowest: number;
  readonly highest: number;
  /** A frame is voiced if the cumulative mean normalised difference falls below this. */
  readonly threshold: number;
  /** Frames that are this many dB below the loudest are unvoiced. */
  readonly silence: number;
}

export const standardPitch: PitchSettings = { lowest: 60, highest: 500, threshold: 0.25, silence: 40 };

export interface Pitch {
  /** Hz by frame; 0 where unvoiced. */
  readonly frequency: Float64Array;
  /** How periodic each frame is: 1 minus the normalised difference at the chosen lag, from 0 to 1. */
  readonly strength: Float64Array;
}

/** Speech is sampled far more finely than its pitch needs. */
const enoughHertz = 8000;

export function trackPitch(sound: Sound, framing: Framing, settings: PitchSettings = standardPitch): Pitch {
  const coarse = decimate(sound, Math.max(1, Math.floor(sound.sampleRate / enoughHertz)));
  const { sampleRate } = coarse;
  const shortest = Math.max(2, Math.floor(sampleRate / settings.highest));
  const longest = Math.ceil(sampleRate / settings.lowest);
  const compared = Math.max(longest, Math.round(framing.window * sampleRate));
  const frames = frameCount(sound, framing);
  const frame = new Float64Array(compared + longest + 1);
  const difference = new Float64Array(longest + 2);
  const frequency = new Float64Array(frames);
  const strength = new Float64Array(frames);
  const power = new Float64Array(frames);
  for (let t = 0; t < frames; t += 1) {
    fillFrame(coarse, framing, t, frame);
    power[t] = frame.reduce((sum, sample) => sum + sample * sample, 0);
    normalisedDifference(frame, compared, difference);
    const lag = chooseLag(difference, shortest, longest, settings.threshold);
    strength[t] = Math.min(1, Math.max(0, 1 - (difference[lag] as number)));
    if ((difference[lag] as number) < settings.threshold) frequency[t] = sampleRate / refine(difference, lag);
  }
  const audible = power.reduce((most, value) => Math.max(most, value), 0) * 10 ** (-settings.silence / 10);
  for (let t = 0; t < frames; t += 1) {
    if ((power[t] as number) > audible) continue;
    frequency[t] = 0;
    strength[t] = 0;
  }
  return { frequency, strength };
}

/** Equations 6 and 8 of the paper: d'(lag) for lags from 0 on. */
function normalisedDifference(frame: Float64Array, compared: number, target: Float64Array): void {
  target[0] = 1;
  let sum = 0;
  for (let lag = 1; lag < target.length; lag += 1) {
    let difference = 0;
    for (let i = 0; i < compared; i += 1) {
      const change = (frame[i] as number) - (frame[i + lag] ?? 0);
      difference += change * change;
    }
    sum += difference;
    target[lag] = sum === 0 ? 1 : (difference * lag) / sum;
  }
}

/** The bottom of the first dip below the threshold, else the lowest point. */
function chooseLag(difference: Float64Array, shortest: number, longest: number, threshold: number): number {
  let best = shortest;
  for (let lag = shortest; lag <= longest; lag += 1) {
    if ((difference[lag] as number) < threshold) {
      let bottom = lag;
      while (bottom < longest && (difference[bottom + 1] as number) < (difference[bottom] as number)) bottom += 1;
      return bottom;
    }
    if ((difference[lag] as number) < (difference[best] as number)) best = lag;
  }
  return best;
}

/** The bottom of the parabola through three points. */
function refine(difference: Float64Array, lag: number): number {
  const [before, here, after] = [difference[lag - 1], difference[lag], difference[lag + 1]] as [number, number, number];
  const curvature = before - 2 * here + after;
  return curvature <= 0 ? lag : lag + Math.max(-0.5, Math.min(0.5, (before - after) / (2 * curvature)));
}

/** Every `factor` samples replaced by their mean. */
function decimate({ samples, sampleRate }: Sound, factor: number): Sound {
  if (factor === 1) return { samples, sampleRate };
  const coarse = new Float32Array(Math.ceil(samples.length / factor));
  for (let i = 0; i < coarse.length; i += 1) {
    let sum = 0;
    for (let j = 0; j < factor; j += 1) sum += samples[i * factor + j] ?? 0;
    coarse[i] = sum / factor;
  }
  return { samples: coarse, sampleRate: sampleRate / factor };
}
