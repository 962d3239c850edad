/** Straightforward quantisers for tests: each block by its extremes, no search for better scales. */
import type { BlockType } from '@interfuse/core';
import { encode, fromHalf, toHalf } from '@interfuse/safetensors';

const half = (value: number): number[] => [toHalf(value) & 255, toHalf(value) >> 8];
/** The number that is stored for a scale. */
const rounded = (value: number): number => fromHalf(toHalf(value));
const clamp = (value: number, least: number, most: number): number => Math.min(most, Math.max(least, value));
const steps = (value: number, step: number): number => (step === 0 ? 0 : Math.round(value / step));
const largest = (values: readonly number[]): number => Math.max(...values.map(Math.abs));

/** Two numbers of four bits in each byte: value i in the low half, value i + n/2 in the high one. */
const halves = (numbers: readonly number[]): number[] => {
  const middle = numbers.length / 2;
  return numbers.slice(0, middle).map((low, i) => (low & 15) | (((numbers[i + middle] as number) & 15) << 4));
};

/** Values to the bytes of one block. */
const blocks: Readonly<Record<BlockType, { values: number; encode: (x: number[]) => number[] }>> = {
  Q8_0: {
    values: 32,
    encode(x) {
      const d = rounded(largest(x) / 127);
      return [...half(d), ...x.map((value) => clamp(steps(value, d), -127, 127) & 255)];
    },
  },
  Q4_0: {
    values: 32,
    encode(x) {
      const d = rounded(largest(x) / 7);
      return [...half(d), ...halves(x.map((value) => clamp(steps(value, d), -8, 7) + 8))];
    },
  },
  Q4_1: {
    values: 32,
    encode(x) {
      const m = rounded(Math.min(...x));
      const d = rounded((Math.max(...x) - m) / 15);
      return [...half(d), ...half(m), ...halves(x.map((value) => clamp(steps(value - m, d), 0, 15)))];
    },
  },
  Q5_0: {
    values: 32,
    encode(x) {
      const d = rounded(largest(x) / 15);
      const q = x.map((value) => clamp(steps(value, d), -16, 15) + 16);
      const fifths = q.reduce((bits, number, i) => bits + (number >> 4) * 2 ** i, 0);
      return [...half(d), ...new Uint8Array(Uint32Array.of(fifths).buffer), ...halves(q)];
    },
  },
  Q4_K: {
    values: 256,
    encode(x) {
      const groups = Array.from({ length: 8 }, (_, group) => x.slice(32 * group, 32 * group + 32));
      const minima = groups.map((group) => -Math.min(0, ...group));
      const scales = groups.map((group, i) => (Math.max(...group) + (minima[i] as number)) / 15);
      const [d, m] = [rounded(largest(scales) / 63), rounded(largest(minima) / 63)];
      const s = scales.map((scale) => clamp(steps(scale, d), 0, 63));
      const l = minima.map((least) => clamp(steps(least, m), 0, 63));
      const q = groups.map((group, i) =>
        group.map((value) => clamp(steps(value + m * (l[i] as number), d * (s[i] as number)), 0, 15)),
      );
      const first = (list: number[]) =>
        [0, 1, 2, 3].map((i) => (list[i] as number) | (((list[i + 4] as number) >> 4) << 6));
      const last = [4, 5, 6, 7].map((i) => ((s[i] as number) & 15) | (((l[i] as number) & 15) << 4));
      const pairs = [0, 2, 4, 6].flatMap((i) => halves([...(q[i] as number[]), ...(q[i + 1] as number[])]));
      return [...half(d), ...half(m), ...first(s), ...first(l), ...last, ...pairs];
    },
  },
  Q6_K: {
    values: 256,
    encode(x) {
      const scales = Array.from({ length: 16 }, (_, group) => largest(x.slice(16 * group, 16 * group + 16)) / 31);
      const d = rounded(largest(scales) / 127);
      const s = scales.map((scale) => clamp(steps(scale, d), 0, 127));
      const q = x.map((value, i) => clamp(steps(value, d * (s[i >> 4] as number)), -32, 31) + 32);
      const low: number[] = [];
      const high: number[] = [];
      for (const half of [0, 128]) {
        const quarter = (i: number): number[] => q.slice(half + 32 * i, half + 32 * i + 32);
        low.push(...halves([...quarter(0), ...quarter(1), ...quarter(2), ...quarter(3)]));
        const quarters = [0, 1, 2, 3].map(quarter);
        for (let i = 0; i < 32; i += 1) {
          high.push(quarters.reduce((bits, numbers, at) => bits | (((numbers[i] as number) >> 4) << (2 * at)), 0));
        }
      }
      return [...low, ...high, ...s, ...half(d)];
    },
  },
};

export type WrittenType = 'F32' | 'F16' | 'BF16' | BlockType;

/** Values of rows that are whole blocks, to the bytes of a file. */
export function quantise(type: WrittenType, values: Float32Array): Uint8Array {
  if (type === 'F32' || type === 'F16') return encode(values, type);
  if (type === 'BF16') {
    // Rounded to nearest: half of the lowest bit that stays is added before the rest is cut off.
    const words = new Uint32Array(values.slice().buffer);
    return new Uint8Array(Uint16Array.from(words, (word) => (word + 0x8000) >>> 16).buffer);
  }
  const block = blocks[type];
  const bytes: number[] = [];
  for (let first = 0; first < values.length; first += block.values) {
    bytes.push(...block.encode([...values.subarray(first, first + block.values)]));
  }
  return Uint8Array.from(bytes);
}

/** Whether rows of this width are whole blocks. */
export function fitsBlocks(type: WrittenType, width: number): boolean {
  return !Object.hasOwn(blocks, type) || width % blocks[type as BlockType].values === 0;
}
