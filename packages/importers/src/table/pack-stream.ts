/** A padded array becomes a ragged stream: padding is left out, and what no model can read is replaced or refused. */
import { setImmediate } from 'node:timers/promises';
import { InterfuseError, type RaggedRows } from '@interfuse/core';
import type { Numbers } from '../arrays/decode.js';
import { countOf, invalidImport, type NumberArray, type RaggedArray, samplesAtOnce } from '../arrays/stored-array.js';
import type { StreamTable } from './table.js';

export interface PackSettings {
  readonly nonFinite: 'refuse' | 'zero';
  readonly keepPadding: boolean;
  /** First step and the one after the last, by sample, where several streams keep step with each other. */
  readonly windows?: Windows;
  /** Called with the numbers that were read. */
  readonly onRead?: (count: number) => void;
}

/** What was met on the way. */
export interface PackCounts {
  negativeInfinities: number;
  otherNonFinite: number;
  /** Samples whose padding comes first. */
  paddedInFront: number;
  /** Samples with values behind their declared length. */
  longerThanDeclared: number;
}

export function newCounts(): PackCounts {
  return { negativeInfinities: 0, otherNonFinite: 0, paddedInFront: 0, longerThanDeclared: 0 };
}

/** The same in whole sentences. */
export function remarksOn(stream: string, found: PackCounts): string[] {
  const { negativeInfinities, otherNonFinite, paddedInFront, longerThanDeclared } = found;
  return [
    negativeInfinities > 0 ? `${stream}: ${negativeInfinities} times -infinity was read as 0.` : '',
    otherNonFinite > 0 ? `${stream}: ${otherNonFinite} values that are not finite were read as 0.` : '',
    paddedInFront > 0 ? `${stream}: ${paddedInFront} samples have their padding in front; it was left out.` : '',
    longerThanDeclared > 0
      ? `${stream}: ${longerThanDeclared} samples have values behind their declared length; these were kept.`
      : '',
  ].filter((remark) => remark !== '');
}

export interface Windows {
  readonly first: Int32Array;
  readonly end: Int32Array;
}

export interface StreamShape {
  readonly count: number;
  readonly width: number;
  readonly longest: number;
  readonly mostRows: number;
}

/** @throws IMPORT_INVALID if it is no stream of features */
export function shapeOfStream(array: NumberArray | RaggedArray): StreamShape {
  if (array.kind === 'numbers') {
    const [count, longest, width] = array.shape;
    if (array.shape.length !== 3 || !count || !longest || !width) {
      throw invalidImport(array.place, '[samples, steps, features]', `[${array.shape.join(', ')}]`);
    }
    return { count, width, longest, mostRows: count * longest };
  }
  const widths = new Set<number>();
  let [longest, mostRows] = [1, 0];
  for (const { shape, place } of array.samples) {
    if (shape.length !== 2) throw invalidImport(place, '[steps, features]', `[${shape.join(', ')}]`);
    const [steps, width] = shape as [number, number];
    if (steps > 0) widths.add(width);
    longest = Math.max(longest, steps);
    mostRows += steps;
  }
  const [width] = widths;
  if (!width || widths.size > 1) throw invalidImport(array.place, 'one number of features', [...widths].join(', '));
  return { count: array.samples.length, width, longest, mostRows };
}

/** Blocks of samples, padded to as many steps as the block says. */
async function* blocksOf(array: NumberArray | RaggedArray): AsyncGenerator<{ values: Numbers; steps: number }> {
  if (array.kind === 'numbers') {
    const steps = array.shape[1] as number;
    for await (const values of array.blocks(samplesAtOnce(array.shape))) yield { values, steps };
    return;
  }
  for (const sample of array.samples) {
    const values = new Float64Array(countOf(sample.shape));
    let filled = 0;
    for await (const block of sample.blocks(Math.max(1, sample.shape[0] ?? 1))) {
      values.set(block, filled);
      filled += block.length;
    }
    yield { values, steps: sample.shape[0] as number };
  }
}

/** The samples of a stream in their order, some at a time. @throws DATASET_NOT_FINITE */
export async function* packStream(
  { array, lengths }: StreamTable,
  { nonFinite, keepPadding, windows, onRead }: PackSettings,
  counts: PackCounts,
): AsyncGenerator<RaggedRows> {
  const { width } = shapeOfStream(array);
  let sample = 0;
  for await (const { values, steps } of blocksOf(array)) {
    cleanValues(values, nonFinite, counts, (at) => {
      const step = Math.floor(at / width);
      return `${array.place}: sample ${sample + Math.floor(step / steps)}, step ${step % steps}, feature ${at % width}`;
    });
    const each = steps * width;
    const packed = new Float32Array(values.length);
    const kept: number[] = [];
    let filled = 0;
    for (let start = 0; start < values.length || (each === 0 && start === 0); start += Math.max(1, each)) {
      const part = values.subarray(start, start + each);
      const [first, end] = keepPadding
        ? [0, steps]
        : windows
          ? [windows.first[sample] as number, windows.end[sample] as number]
          : array.kind === 'ragged'
            ? [0, steps]
            : windowOf(part, steps, width, lengths?.[sample], counts);
      packed.set(part.subarray(first * width, end * width), filled);
      filled += (end - first) * width;
      kept.push(end - first);
      sample += 1;
    }
    onRead?.(values.length);
    yield { values: packed.subarray(0, filled), lengths: kept };
    await setImmediate();
  }
}

/** The logarithm of silence becomes 0, as it does in MMSA; other values that are not finite as was said. */
export function cleanValues(
  values: Numbers,
  nonFinite: 'refuse' | 'zero',
  counts: PackCounts,
  placeOf: (at: number) => string,
): void {
  for (let at = 0; at < values.length; at += 1) {
    const value = values[at] as number;
    // Float64 beyond the range of float32 is no finite number there.
    if (Math.abs(value) <= largestFloat32) continue;
    if (value === Number.NEGATIVE_INFINITY) counts.negativeInfinities += 1;
    else if (nonFinite === 'zero') counts.otherNonFinite += 1;
    else {
      throw new InterfuseError('DATASET_NOT_FINITE', {
        place: placeOf(at),
        expected: 'a finite number, or -infinity, which is read as 0',
        got: String(value),
        remedy: 'Give --non-finite zero to read such values as 0, or correct the file.',
      });
    }
    values[at] = 0;
  }
}

const largestFloat32 = 3.4028234663852886e38;

/** First step and the one after the last that are no padding. */
function windowOf(
  values: Numbers,
  steps: number,
  width: number,
  declared: number | undefined,
  counts: PackCounts,
): [number, number] {
  const [first, end] = measured(values, steps, width);
  if (declared === undefined) return [first, end];
  const length = Math.min(steps, Math.max(0, Math.round(declared)));
  if (end <= length) return [0, length];
  if (first >= steps - length) {
    counts.paddedInFront += 1;
    return [steps - length, steps];
  }
  counts.longerThanDeclared += 1;
  return [0, end];
}

/** From the first to the last step that is not all zeros; both 0 if there is none. */
function measured(values: Numbers, steps: number, width: number): [number, number] {
  let start = 0;
  while (start < values.length && values[start] === 0) start += 1;
  if (start === values.length) return [0, 0];
  let last = steps * width - 1;
  while (values[last] === 0) last -= 1;
  return [Math.floor(start / width), Math.floor(last / width) + 1];
}

/** The windows that streams which keep step with each other share: from the first to the last step of any of them. */
export async function commonWindows(arrays: readonly NumberArray[]): Promise<Windows> {
  const count = arrays[0]?.shape[0] ?? 0;
  const windows = { first: new Int32Array(count).fill(2 ** 31 - 1), end: new Int32Array(count) };
  for (const array of arrays) {
    const [, steps, width] = array.shape as [number, number, number];
    let sample = 0;
    for await (const values of array.blocks(samplesAtOnce(array.shape))) {
      for (let start = 0; start < values.length; start += steps * width) {
        const [first, end] = measured(values.subarray(start, start + steps * width), steps, width);
        if (end > 0) {
          windows.first[sample] = Math.min(windows.first[sample] as number, first);
          windows.end[sample] = Math.max(windows.end[sample] as number, end);
        }
        sample += 1;
      }
      await setImmediate();
    }
  }
  for (let sample = 0; sample < count; sample += 1) if (windows.end[sample] === 0) windows.first[sample] = 0;
  return windows;
}
