/** Mel bands: power in triangular bands that are evenly spaced on the mel scale (O'Shaughnessy 1987, as in HTK). */
import type { Spectrogram } from './spectrogram.js';

export interface MelSettings {
  readonly bands: number;
  /** Lower end of the first band in Hz. */
  readonly lowest: number;
  /** Upper end of the last band in Hz; at most half the sample rate is used. */
  readonly highest: number;
}

export const standardMel: MelSettings = { bands: 26, lowest: 50, highest: 8000 };

export function hertzToMel(hertz: number): number {
  return 2595 * Math.log10(1 + hertz / 700);
}

export function melToHertz(mel: number): number {
  return 700 * (10 ** (mel / 2595) - 1);
}

/** Below this power a band counts as silent: -100 dB. */
const floor = 1e-10;

/** [frames, bands]: the natural logarithm of the power in each band. */
export function logMel(spectra: Spectrogram, settings: MelSettings = standardMel): Float64Array {
  const { frames, bins, values } = spectra;
  const filters = melFilters(spectra, settings);
  const result = new Float64Array(frames * settings.bands);
  for (let t = 0; t < frames; t += 1) {
    filters.forEach(({ first, weights }, band) => {
      let power = 0;
      weights.forEach((weight, i) => {
        power += weight * (values[t * bins + first + i] as number);
      });
      result[t * settings.bands + band] = Math.log(Math.max(floor, power));
    });
  }
  return result;
}

interface Filter {
  readonly first: number;
  readonly weights: readonly number[];
}

/** Triangles of height 1, each from the centre of the band before to the centre of the band after. */
export function melFilters(
  { bins, resolution }: Pick<Spectrogram, 'bins' | 'resolution'>,
  { bands, lowest, highest }: MelSettings,
): Filter[] {
  const low = hertzToMel(lowest);
  const high = hertzToMel(Math.min(highest, (bins - 1) * resolution));
  const edges = Array.from({ length: bands + 2 }, (_, i) => melToHertz(low + ((high - low) * i) / (bands + 1)));
  return Array.from({ length: bands }, (_, band) => {
    const [from, centre, to] = edges.slice(band, band + 3) as [number, number, number];
    const first = Math.min(bins - 1, Math.ceil(from / resolution));
    const last = Math.min(bins - 1, Math.floor(to / resolution));
    const weights = Array.from({ length: Math.max(0, last - first + 1) }, (_, i) => {
      const hertz = (first + i) * resolution;
      return hertz <= centre ? (hertz - from) / (centre - from) : (to - hertz) / (to - centre);
    });
    return { first, weights };
  });
}
