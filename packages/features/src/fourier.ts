/** The discrete Fourier transform of real signals (Cooley and Tukey 1965: radix 2, in place). */

export interface FourierTransform {
  /** Number of points, a power of two. */
  readonly size: number;
  /** |X[k]|^2 for k = 0 to size / 2, of a signal that is padded with zeros to `size`. */
  powerSpectrum(signal: ArrayLike<number>, target: Float64Array): void;
}

/** Tables for signals of up to `length` points. */
export function createFourierTransform(length: number): FourierTransform {
  const size = 2 ** Math.ceil(Math.log2(Math.max(2, length)));
  const cosines = Float64Array.from({ length: size / 2 }, (_, k) => Math.cos((2 * Math.PI * k) / size));
  const sines = Float64Array.from({ length: size / 2 }, (_, k) => -Math.sin((2 * Math.PI * k) / size));
  const reversed = bitReversal(size);
  const real = new Float64Array(size);
  const imaginary = new Float64Array(size);

  function transform(): void {
    for (let span = 2; span <= size; span *= 2) {
      const half = span / 2;
      const stride = size / span;
      for (let start = 0; start < size; start += span) {
        for (let k = 0; k < half; k += 1) {
          const [c, s] = [cosines[k * stride] as number, sines[k * stride] as number];
          const [upper, lower] = [start + k, start + k + half];
          const [re, im] = [real[lower] as number, imaginary[lower] as number];
          const [turnedRe, turnedIm] = [re * c - im * s, re * s + im * c];
          real[lower] = (real[upper] as number) - turnedRe;
          imaginary[lower] = (imaginary[upper] as number) - turnedIm;
          real[upper] = (real[upper] as number) + turnedRe;
          imaginary[upper] = (imaginary[upper] as number) + turnedIm;
        }
      }
    }
  }

  function powerSpectrum(signal: ArrayLike<number>, target: Float64Array): void {
    real.fill(0);
    imaginary.fill(0);
    for (let i = 0; i < signal.length; i += 1) real[reversed[i] as number] = signal[i] as number;
    transform();
    for (let k = 0; k <= size / 2; k += 1) target[k] = (real[k] as number) ** 2 + (imaginary[k] as number) ** 2;
  }

  return { size, powerSpectrum };
}

function bitReversal(size: number): Uint32Array {
  const reversed = new Uint32Array(size);
  for (let i = 1; i < size; i += 1) {
    reversed[i] = ((reversed[i >> 1] as number) >> 1) | (i & 1 ? size >> 1 : 0);
  }
  return reversed;
}
