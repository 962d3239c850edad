/** Mel-frequency cepstral coefficients (Davis and Mermelstein 1980) and how coefficients change over time. */

/**
 * The orthonormal discrete cosine transform (type II) of each row of log-mel energies.
 *
 * @param logMel [frames, bands]
 * @returns [frames, count]: coefficients from 0 on
 */
export function cepstra(logMel: Float64Array, bands: number, count: number): Float64Array {
  const frames = logMel.length / bands;
  const basis = Array.from({ length: count }, (_, k) => {
    const scale = Math.sqrt((k === 0 ? 1 : 2) / bands);
    return Float64Array.from({ length: bands }, (_, n) => scale * Math.cos((Math.PI * k * (n + 0.5)) / bands));
  });
  const result = new Float64Array(frames * count);
  for (let t = 0; t < frames; t += 1) {
    const row = logMel.subarray(t * bands, (t + 1) * bands);
    basis.forEach((wave, k) => {
      result[t * count + k] = wave.reduce((sum, weight, n) => sum + weight * (row[n] as number), 0);
    });
  }
  return result;
}

/**
 * Deltas: the slope of the line through `reach` frames to either side (Furui 1986); the ends repeat.
 *
 * @param values [frames, width]
 * @returns the same shape: change per frame
 */
export function deltas(values: Float64Array, width: number, reach = 2): Float64Array {
  const frames = values.length / width;
  const at = (t: number, i: number) => values[Math.min(frames - 1, Math.max(0, t)) * width + i] as number;
  let weight = 0;
  for (let n = 1; n <= reach; n += 1) weight += 2 * n * n;
  const result = new Float64Array(values.length);
  for (let t = 0; t < frames; t += 1) {
    for (let i = 0; i < width; i += 1) {
      let sum = 0;
      for (let n = 1; n <= reach; n += 1) sum += n * (at(t + n, i) - at(t - n, i));
      result[t * width + i] = sum / weight;
    }
  }
  return result;
}
