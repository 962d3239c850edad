/** Low-level descriptors of a sound: a row of named features every hundredth of a second. */
import { cepstra, deltas } from './cepstrum.js';
import { logMel, type MelSettings, standardMel } from './mel.js';
import { type PitchSettings, standardPitch, trackPitch } from './pitch.js';
import { checkSound, type Framing, type Sound, standardFraming } from './sound.js';
import { spectralShape } from './spectral-shape.js';
import { type Spectrogram, spectrogram } from './spectrogram.js';

export interface DescriptorSettings {
  readonly framing?: Framing;
  readonly mel?: MelSettings;
  readonly pitch?: PitchSettings;
  /** Number of cepstral coefficients, from the first on (the 0th is the level). */
  readonly coefficients?: number;
}

export interface Descriptors {
  /** Seconds from one row to the next. */
  readonly hop: number;
  readonly rows: number;
  /** By name, each with one value per row. */
  readonly columns: { readonly [name: string]: Float64Array };
}

/** Semitones are counted from here. */
const referencePitch = 27.5;
/** -100 dB. */
const floor = 1e-10;

/**
 * | column | unit |
 * | --- | --- |
 * | `energy` | dB of full scale |
 * | `voicing` | 1 where voiced, else 0 |
 * | `strength` | periodicity, 0 to 1 |
 * | `pitch` | semitones above 27.5 Hz; between voiced frames on a straight line, 0 if none is voiced |
 * | `centroid`, `roll-off` | octaves above 100 Hz |
 * | `slope` | dB per octave |
 * | `flux` | change of the normalised spectrum |
 * | `mfcc-1` … `mfcc-13` | cepstral coefficients of the natural logarithm of power |
 * | `mfcc-1-delta` … | their change per row |
 * | `mel-1` … `mel-26` | natural logarithm of power |
 *
 * @throws FEATURES_INPUT for a sound without samples or with one that is not finite
 */
export function describeSound(sound: Sound, settings: DescriptorSettings = {}, place = 'the sound'): Descriptors {
  const { framing = standardFraming, mel = standardMel, pitch = standardPitch, coefficients = 13 } = settings;
  checkSound(sound, place);
  const spectra = spectrogram(sound, framing);
  const { frequency, strength } = trackPitch(sound, framing, pitch);
  const { centroid, rollOff, slope, flux } = spectralShape(spectra);
  const bands = logMel(spectra, mel);
  // The 0th is dropped: it says again what energy says.
  const cepstrum = cepstra(bands, mel.bands, coefficients + 1);
  const change = deltas(cepstrum, coefficients + 1);
  const columns: Record<string, Float64Array> = {
    energy: energyOf(spectra),
    voicing: frequency.map((hertz) => (hertz > 0 ? 1 : 0)),
    strength,
    pitch: contour(frequency),
    centroid: centroid.map(octaves),
    'roll-off': rollOff.map(octaves),
    slope,
    flux,
  };
  for (let k = 1; k <= coefficients; k += 1) {
    columns[`mfcc-${k}`] = columnOf(cepstrum, coefficients + 1, k);
    columns[`mfcc-${k}-delta`] = columnOf(change, coefficients + 1, k);
  }
  for (let band = 0; band < mel.bands; band += 1) columns[`mel-${band + 1}`] = columnOf(bands, mel.bands, band);
  return { hop: framing.hop, rows: spectra.frames, columns };
}

/** dB of the power in all bins. */
function energyOf({ values, frames, bins }: Spectrogram): Float64Array {
  return Float64Array.from({ length: frames }, (_, t) => {
    const power = values.subarray(t * bins, (t + 1) * bins).reduce((sum, value) => sum + value, 0);
    return 10 * Math.log10(Math.max(floor, power));
  });
}

/** Semitones; gaps are bridged, and the ends go on as the nearest voiced frame. */
function contour(frequency: Float64Array): Float64Array {
  const voiced = [...frequency.keys()].filter((t) => (frequency[t] as number) > 0);
  const semitones = (t: number) => 12 * Math.log2((frequency[t] as number) / referencePitch);
  let next = 0;
  return frequency.map((_, t) => {
    while (next < voiced.length && (voiced[next] as number) < t) next += 1;
    const [before, after] = [voiced[next - 1], voiced[next]];
    if (before === undefined) return after === undefined ? 0 : semitones(after);
    if (after === undefined) return semitones(before);
    const share = (t - before) / (after - before);
    return (1 - share) * semitones(before) + share * semitones(after);
  });
}

function octaves(hertz: number): number {
  return Math.log2(Math.max(100, hertz) / 100);
}

function columnOf(values: Float64Array, width: number, column: number): Float64Array {
  return Float64Array.from({ length: values.length / width }, (_, t) => values[t * width + column] as number);
}
