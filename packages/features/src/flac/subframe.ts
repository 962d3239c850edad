/** One channel of one frame: a predictor and what it leaves, coded after Rice (RFC 9639, section 9.2). */
import { unreadable } from '../unreadable.js';
import type { BitReader } from './bit-reader.js';

/** Coefficients for the samples before, the last first (RFC 9639, table 20). */
const fixedPredictors: readonly (readonly number[])[] = [[], [1], [2, -1], [3, -3, 1], [4, -6, 4, -1]];

/**
 * The samples of a channel, as whole numbers.
 *
 * @param bits the width of a sample
 * @throws FILE_UNREADABLE
 */
export function readSubframe(reader: BitReader, count: number, bits: number, place: string): Float64Array {
  if (reader.unsigned(1) !== 0) throw unreadable(place, 'a first bit of 0 in a subframe', '1');
  const type = reader.unsigned(6);
  const wasted = reader.unsigned(1) === 0 ? 0 : reader.zeros() + 1;
  const width = bits - wasted;
  if (width < 1) throw unreadable(place, `fewer than ${bits} wasted bits`, String(wasted));
  const samples = new Float64Array(count);
  if (type === 0) samples.fill(reader.signed(width));
  else if (type === 1) for (let i = 0; i < count; i += 1) samples[i] = reader.signed(width);
  else if (type >= 8 && type <= 12) readFixed(reader, samples, type - 8, width, place);
  else if (type >= 32) readLinear(reader, samples, type - 31, width, place);
  else throw unreadable(place, 'a known type of subframe', String(type));
  if (wasted > 0) for (let i = 0; i < count; i += 1) samples[i] = (samples[i] as number) * 2 ** wasted;
  return samples;
}

function readFixed(reader: BitReader, samples: Float64Array, order: number, width: number, place: string): void {
  readStart(reader, samples, order, width, place);
  readResidual(reader, samples, order, place);
  predict(samples, fixedPredictors[order] as readonly number[], 0);
}

function readLinear(reader: BitReader, samples: Float64Array, order: number, width: number, place: string): void {
  readStart(reader, samples, order, width, place);
  const precision = reader.unsigned(4) + 1;
  if (precision === 16) throw unreadable(place, 'coefficients of at most 15 bits', '16');
  const shift = reader.signed(5);
  if (shift < 0) throw unreadable(place, 'a shift of at least 0', String(shift));
  const coefficients = Array.from({ length: order }, () => reader.signed(precision));
  readResidual(reader, samples, order, place);
  predict(samples, coefficients, shift);
}

/** The samples before the first that can be predicted. */
function readStart(reader: BitReader, samples: Float64Array, order: number, width: number, place: string): void {
  if (order > samples.length) throw unreadable(place, `at least ${order} samples in a block`, String(samples.length));
  for (let i = 0; i < order; i += 1) samples[i] = reader.signed(width);
}

/** Reads what is left of the samples behind the first `order`, in partitions with a Rice parameter each. */
function readResidual(reader: BitReader, samples: Float64Array, order: number, place: string): void {
  const method = reader.unsigned(2);
  if (method > 1) throw unreadable(place, 'a known way to code residuals', String(method));
  const width = method === 0 ? 4 : 5;
  // The parameter that stands for none: numbers as they are.
  const plain = 2 ** width - 1;
  const partitions = 2 ** reader.unsigned(4);
  const size = samples.length / partitions;
  if (!Number.isInteger(size) || size < order) {
    throw unreadable(
      place,
      `partitions of at least ${order} samples each`,
      `${samples.length} samples in ${partitions}`,
    );
  }
  let at = order;
  for (let end = size; end <= samples.length; end += size) {
    const parameter = reader.unsigned(width);
    if (parameter === plain) {
      const bits = reader.unsigned(5);
      for (; at < end; at += 1) samples[at] = reader.signed(bits);
    } else {
      for (; at < end; at += 1) {
        const folded = reader.zeros() * 2 ** parameter + reader.unsigned(parameter);
        samples[at] = folded % 2 === 0 ? folded / 2 : -(folded + 1) / 2;
      }
    }
  }
}

/** Adds to what is left of each sample what the samples before predict; sums are exact below 2^53. */
function predict(samples: Float64Array, coefficients: readonly number[], shift: number): void {
  const order = coefficients.length;
  if (order === 0) return;
  for (let i = order; i < samples.length; i += 1) {
    let sum = 0;
    for (let j = 0; j < order; j += 1) sum += (coefficients[j] as number) * (samples[i - 1 - j] as number);
    samples[i] = (samples[i] as number) + Math.floor(sum / 2 ** shift);
  }
}
