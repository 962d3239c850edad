import { describe, expect, it } from 'vitest';
import { blockSizes, decodeBlocks } from './blocks.js';
import { toHalf } from './half.js';

/** The bytes of a half, little endian. */
const half = (value: number): number[] => [toHalf(value) & 255, toHalf(value) >> 8];
const count = (length: number): number[] => Array.from({ length }, (_, i) => i);

/** Where a block of zeros changes if one of its bytes does, and what it becomes there. */
function effect(type: 'Q6_K' | 'Q4_K', block: readonly number[], byte: number, value: number): [number, number][] {
  const before = decodeBlocks(type, Uint8Array.from(block));
  const after = decodeBlocks(type, Uint8Array.from(block.with(byte, value)));
  return [...after].flatMap((number, i): [number, number][] => (number === before[i] ? [] : [[i, number]]));
}

describe('a block of', () => {
  it('Q8_0 is a scale and 32 signed bytes', () => {
    const bytes = [...half(0.5), ...count(32).map((i) => (8 * i - 128) & 255)];
    expect([...decodeBlocks('Q8_0', Uint8Array.from(bytes))]).toEqual(count(32).map((i) => (8 * i - 128) / 2));
  });

  it('Q4_0 has its first 16 values in low halves and its last 16 in high ones, all less eight', () => {
    const bytes = [...half(2), ...count(16).map((i) => i | ((15 - i) << 4))];
    const expected = [...count(16).map((i) => 2 * (i - 8)), ...count(16).map((i) => 2 * (7 - i))];
    expect([...decodeBlocks('Q4_0', Uint8Array.from(bytes))]).toEqual(expected);
  });

  it('Q4_1 adds a least value', () => {
    const bytes = [...half(0.25), ...half(-1), ...count(16).map((i) => i | ((15 - i) << 4))];
    const expected = [...count(16).map((i) => i / 4 - 1), ...count(16).map((i) => (15 - i) / 4 - 1)];
    expect([...decodeBlocks('Q4_1', Uint8Array.from(bytes))]).toEqual(expected);
  });

  it('Q5_0 has the fifth bits of all values together', () => {
    // Bits 0 and 31 are set: the first value and the last one have 16 more.
    const bytes = [...half(1), 1, 0, 0, 128, ...count(16).map((i) => i | (i << 4))];
    const expected = [...count(16), ...count(16)].map((q, i) => q - 16 + (i === 0 || i === 31 ? 16 : 0));
    expect([...decodeBlocks('Q5_0', Uint8Array.from(bytes))]).toEqual(expected);
  });

  it('Q4_K packs eight scales and eight minima of six bits into twelve bytes', () => {
    // Scales A to H and minima a to h, every bit from the highest on; so drawn in the sources of llama.cpp's gguf-py.
    const drawing =
      'EEAAAAAA FFBBBBBB GGCCCCCC HHDDDDDD eeaaaaaa ffbbbbbb ggcccccc hhdddddd eeeeEEEE ffffFFFF ggggGGGG hhhhHHHH';
    const scales = { A: 1, B: 63, C: 12, D: 33, E: 50, F: 17, G: 46, H: 21 };
    const minima = { a: 62, b: 3, c: 40, d: 9, e: 29, f: 55, g: 16, h: 34 };
    const used: Record<string, number> = {};
    const packed = drawing.split(' ').map((byte) =>
      [...byte].reduce((bits, letter) => {
        const place = used[letter] ?? 0;
        used[letter] = place + 1;
        const number = { ...scales, ...minima }[letter as 'A'];
        return (bits << 1) | ((number >> (5 - place)) & 1);
      }, 0),
    );
    const nibbles = count(128).map((i) => (i % 16) | ((15 - (i % 16)) << 4));
    const bytes = [...half(0.5), ...half(0.25), ...packed, ...nibbles];
    const expected = count(256).map((i) => {
      const group = i >> 5;
      const q = group % 2 === 0 ? i % 16 : 15 - (i % 16);
      return 0.5 * (Object.values(scales)[group] as number) * q - 0.25 * (Object.values(minima)[group] as number);
    });
    expect([...decodeBlocks('Q4_K', Uint8Array.from(bytes))]).toEqual(expected);
  });

  it('Q4_K has two groups of 32 in 32 bytes', () => {
    // Scale 1, no minimum, every group's scale 1: bytes 0 to 3 and the low halves of 8 to 11.
    const block = [...half(1), ...half(0), 1, 1, 1, 1, 0, 0, 0, 0, 1, 1, 1, 1, ...count(128).map(() => 0)];
    expect(effect('Q4_K', block, 16, 0xa5)).toEqual([
      [0, 5],
      [32, 10],
    ]);
    expect(effect('Q4_K', block, 16 + 127, 0xa5)).toEqual([
      [223, 5],
      [255, 10],
    ]);
  });

  // 128 bytes of low bits, 64 of high bits, 16 scales, one scale over them; all bits zero is -32.
  const sixBits = [...count(192).map(() => 0), ...count(16).map(() => 1), ...half(1)];
  it.each([
    ['the low bits of values 0 and 64', 0, 0x21, { 0: -31, 64: -30 }],
    ['the low bits of values 32 and 96', 32, 0x21, { 32: -31, 96: -30 }],
    ['the low bits of values 128 and 192', 64, 0x21, { 128: -31, 192: -30 }],
    ['the low bits of values 191 and 255', 127, 0x21, { 191: -31, 255: -30 }],
    ['the high bits of values 0, 32, 64 and 96', 128, 0b11100111, { 0: 16, 32: -16, 64: 0, 96: 16 }],
    ['the high bits of values 159, 191, 223 and 255', 191, 0b11100111, { 159: 16, 191: -16, 223: 0, 255: 16 }],
    ['the scale of the first 16 values', 192, 253, Object.fromEntries(count(16).map((i) => [i, 96]))],
    ['the scale of the last 16 values', 207, 3, Object.fromEntries(count(16).map((i) => [240 + i, -96]))],
  ])('Q6_K has %s in byte %i', (_, byte, value, expected) => {
    expect(Object.fromEntries(effect('Q6_K', sixBits, byte, value))).toEqual(expected);
  });

  it('every type is followed by the next one', () => {
    for (const [type, { bytes, values }] of Object.entries(blockSizes)) {
      const block = Uint8Array.from({ length: bytes }, (_, i) => (i * 41) % 60);
      const once = decodeBlocks(type as 'Q8_0', block);
      const twice = decodeBlocks(type as 'Q8_0', Uint8Array.from([...block, ...block]));
      expect(once).toHaveLength(values);
      expect(twice).toEqual(Float32Array.from([...once, ...once]));
    }
  });
});
