/** Where the power of a frame lies and how it moves: centroid, roll-off, slope and flux (Peeters 2004: a set of audio features). */
import type { Spectrogram } from './spectrogram.js';

export interface SpectralShape {
  /** Hz: the mean frequency, weighted by power. */
  readonly centroid: Float64Array;
  /** Hz: 85 % of the power lie below. */
  readonly rollOff: Float64Array;
  /** dB per octave: the slope of the line through the levels of bands of a third of an octave. */
  readonly slope: Float64Array;
  /** Distance (L2) between the normalised magnitudes of a frame and of the one before; 0 for the first. */
  readonly flux: Float64Array;
}

/** Hz: below lies hum, above a telephone hears nothing. */
const range = { lowest: 100, highest: 5000 } as const;
const share = 0.85;
const bandsPerOctave = 3;
/** -120 dB. */
const floor = 1e-12;

export function spectralShape({ values, frames, bins, resolution }: Spectrogram): SpectralShape {
  const shape = {
    centroid: new Float64Array(frames),
    rollOff: new Float64Array(frames),
    slope: new Float64Array(frames),
    flux: new Float64Array(frames),
  };
  const bands = thirds(bins, resolution);
  let before = new Float64Array(bins);
  for (let t = 0; t < frames; t += 1) {
    const power = values.subarray(t * bins, (t + 1) * bins);
    const total = power.reduce((sum, value) => sum + value, 0);
    if (total > floor) {
      shape.centroid[t] = power.reduce((sum, value, k) => sum + k * value, 0) * (resolution / total);
      shape.rollOff[t] = binBelow(power, share * total) * resolution;
      shape.slope[t] = slopeOf(power, bands);
    }
    const magnitude = power.map((value) => Math.sqrt(value / Math.max(floor, total)));
    if (t > 0) {
      shape.flux[t] = Math.sqrt(magnitude.reduce((sum, value, k) => sum + (value - (before[k] as number)) ** 2, 0));
    }
    before = magnitude;
  }
  return shape;
}

function binBelow(power: Float64Array, wanted: number): number {
  let sum = 0;
  const found = power.findIndex((value) => {
    sum += value;
    return sum >= wanted;
  });
  return found === -1 ? power.length - 1 : found;
}

interface Band {
  readonly first: number;
  readonly last: number;
  /** Middle of the band, in octaves. */
  readonly octave: number;
}

function thirds(bins: number, resolution: number): Band[] {
  const bands: Band[] = [];
  const top = Math.min(range.highest, (bins - 1) * resolution);
  for (let band = 0; ; band += 1) {
    const from = range.lowest * 2 ** (band / bandsPerOctave);
    const to = range.lowest * 2 ** ((band + 1) / bandsPerOctave);
    if (to > top) return bands;
    const [first, last] = [Math.ceil(from / resolution), Math.ceil(to / resolution) - 1];
    if (last >= first) bands.push({ first, last, octave: (band + 0.5) / bandsPerOctave });
  }
}

/** Least squares. */
function slopeOf(power: Float64Array, bands: readonly Band[]): number {
  const levels = bands.map(({ first, last }) => {
    let sum = 0;
    for (let k = first; k <= last; k += 1) sum += power[k] as number;
    return 10 * Math.log10(Math.max(floor, sum / (last - first + 1)));
  });
  const middle = bands.reduce((sum, { octave }) => sum + octave, 0) / bands.length;
  let [above, below] = [0, 0];
  bands.forEach(({ octave }, i) => {
    above += (octave - middle) * (levels[i] as number);
    below += (octave - middle) ** 2;
  });
  return below === 0 ? 0 : above / below;
}
