import { describe, expect, it } from 'vitest';
import {
  bytesOf,
  NumpyArray,
  NumpyScalar,
  ObjectArray,
  op,
  type Picklable,
  type Protocol,
  Tuple,
  u32,
  u64,
  writePickle,
} from '../../test/pickle-writer.js';
import { arrayFromPickle } from '../arrays/from-pickle.js';
import { readNumbers } from '../arrays/stored-array.js';
import { ByteRange, readWhole } from '../bytes/byte-range.js';
import { inMemory } from '../bytes/byte-source.js';
import { readPickle } from './read-pickle.js';
import { LargeText, PickleArray, PickleDictionary, PickleSequence, type PickleValue } from './values.js';

const protocols: readonly Protocol[] = [2, 3, 4, 5];

const read = (bytes: Uint8Array) => readPickle(inMemory('test.pkl', bytes));

/** What came out, in the terms of what went in. */
async function plain(value: PickleValue): Promise<unknown> {
  if (value instanceof PickleSequence) {
    const items = await Promise.all(value.items.map(plain));
    return value.kind === 'tuple' ? { tuple: items } : items;
  }
  if (value instanceof PickleDictionary) {
    const entries = [...value.entries].map(async ([key, item]) => [key, await plain(item)] as const);
    return Object.fromEntries(await Promise.all(entries));
  }
  if (value instanceof LargeText) return Buffer.from(readWhole(value.range, value.range.length)).toString('utf8');
  if (value instanceof ByteRange) {
    const characters = Buffer.alloc(value.length);
    value.source.readAt(value.offset, characters);
    return value.encoding === 'raw' ? [...characters] : [...Buffer.from(characters.toString('utf8'), 'latin1')];
  }
  if (value instanceof PickleArray) {
    const array = arrayFromPickle(value, 'test');
    if (array.kind === 'texts') return { shape: array.shape, texts: await array.texts() };
    if (array.kind === 'numbers') return { shape: array.shape, numbers: [...(await readNumbers(array))] };
    return Promise.all(array.samples.map(async (sample) => [...(await readNumbers(sample))]));
  }
  return value;
}

/** Uniform numbers that are the same in every run: a linear congruence (Numerical Recipes, 2nd edition, section 7.1). */
function numbersFrom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

/** A value of some kind, and what it must be read as. */
function drawValue(random: () => number, depth: number): [Picklable, unknown] {
  const below = (count: number) => Math.floor(random() * count);
  switch (below(depth > 2 ? 7 : 11)) {
    case 0:
      return [null, null];
    case 1:
      return random() < 0.5 ? [true, true] : [false, false];
    case 2: {
      const value = Math.round((random() - 0.5) * 2 ** (1 + below(52)));
      return [value, value];
    }
    case 3: {
      const value = (random() - 0.5) * 10 ** (below(24) - 12) + 0.1;
      return [value, value];
    }
    case 4: {
      const value = String.fromCodePoint(...Array.from({ length: below(300) }, () => 1 + below(0x3000)));
      return [value, value];
    }
    case 5: {
      const value = Uint8Array.from({ length: below(600) }, () => below(256));
      return [value, [...value]];
    }
    case 6:
      return drawArray(random);
    case 7:
    case 8: {
      const parts = Array.from({ length: below(5) }, () => drawValue(random, depth + 1));
      const [items, expected] = [parts.map(([item]) => item), parts.map(([, item]) => item)];
      return random() < 0.5 ? [items, expected] : [new Tuple(items), { tuple: expected }];
    }
    default: {
      const parts = Array.from({ length: below(5) }, (_, i) => [`key ${i}`, drawValue(random, depth + 1)] as const);
      return [
        Object.fromEntries(parts.map(([key, [item]]) => [key, item])),
        Object.fromEntries(parts.map(([key, [, item]]) => [key, item])),
      ];
    }
  }
}

function drawArray(random: () => number): [Picklable, unknown] {
  const below = (count: number) => Math.floor(random() * count);
  const shape = [1 + below(4), 1 + below(3), 1 + below(3)];
  const count = shape.reduce((a, b) => a * b, 1);
  const bigEndian = random() < 0.5;
  const isFortran = random() < 0.5;
  const [code, size, draw] = (
    [
      ['f8', 8, () => random() - 0.5],
      ['f4', 4, () => Math.fround(random() - 0.5)],
      ['f2', 2, () => below(2048) / 64 - 8],
      ['i8', 8, () => below(2 ** 31) - 2 ** 30],
      ['i4', 4, () => below(2 ** 31) - 2 ** 30],
      ['u2', 2, () => below(65536)],
      ['i1', 1, () => below(256) - 128],
      ['b1', 1, () => below(2)],
    ] as const
  )[below(8)] as readonly [string, number, () => number];
  const values = Array.from({ length: count }, draw);
  const bytes = Buffer.alloc(count * size);
  values.forEach((value, index) => {
    writeNumber(bytes, code, (isFortran ? fortranPosition(index, shape) : index) * size, value, bigEndian);
  });
  return [new NumpyArray(code, shape, bytes, { order: isFortran ? 'F' : 'C', bigEndian }), { shape, numbers: values }];
}

/** Where the item at this position in C order lies in Fortran order. */
function fortranPosition(index: number, [a, b, c]: readonly number[]): number {
  const [depth, height, width] = [a, b, c] as [number, number, number];
  const [i, j, k] = [Math.floor(index / (height * width)), Math.floor(index / width) % height, index % width];
  return i + depth * (j + height * k);
}

function writeNumber(bytes: Buffer, code: string, at: number, value: number, bigEndian: boolean): void {
  if (code === 'b1') bytes[at] = value;
  else if (code === 'i1') bytes.writeInt8(value, at);
  else if (code === 'u2') bigEndian ? bytes.writeUInt16BE(value, at) : bytes.writeUInt16LE(value, at);
  else if (code === 'i4') bigEndian ? bytes.writeInt32BE(value, at) : bytes.writeInt32LE(value, at);
  else if (code === 'i8')
    bigEndian ? bytes.writeBigInt64BE(BigInt(value), at) : bytes.writeBigInt64LE(BigInt(value), at);
  else if (code === 'f4') bigEndian ? bytes.writeFloatBE(value, at) : bytes.writeFloatLE(value, at);
  else if (code === 'f8') bigEndian ? bytes.writeDoubleBE(value, at) : bytes.writeDoubleLE(value, at);
  else {
    // Multiples of 1/64 below 32 in size: 11 bits of them are exact in half precision.
    const magnitude = Math.abs(value);
    const exponent = magnitude === 0 ? -15 : Math.floor(Math.log2(magnitude));
    const fraction = magnitude === 0 ? 0 : Math.round((magnitude / 2 ** exponent - 1) * 1024);
    const half = (value < 0 ? 0x8000 : 0) | ((exponent + 15) << 10) | fraction;
    bigEndian ? bytes.writeUInt16BE(half, at) : bytes.writeUInt16LE(half, at);
  }
}

describe('reading a pickle', () => {
  it.each(protocols)('gives back what was written in protocol %i: 300 values drawn at random', async (protocol) => {
    const random = numbersFrom(protocol);
    for (let i = 0; i < 300; i += 1) {
      const [value, expected] = drawValue(random, 0);
      const bytes = writePickle(value, { protocol, numpy: random() < 0.5 ? 1 : 2 });
      expect([i, await plain(await read(bytes))]).toEqual([i, expected]);
    }
  });

  it.each(protocols)('reads texts, scalars and objects of NumPy in protocol %i', async (protocol) => {
    const utf32 = (text: string, size: number) => {
      const bytes = Buffer.alloc(4 * size);
      [...text].forEach((character, i) => {
        bytes.writeUInt32LE(character.codePointAt(0) as number, 4 * i);
      });
      return bytes;
    };
    const value = {
      texts: new NumpyArray('U3', [2], Buffer.concat([utf32('a😐', 3), utf32('觉得还', 3)])),
      bytes: new NumpyArray('S4', [2], Buffer.from('ab\0\0défg'.slice(0, 7), 'utf8').subarray(0, 8)),
      scalar: new NumpyScalar('f8', bytesOf(Float64Array.of(0.6))),
      objects: new ObjectArray([3], ['one', '', 'three']),
      ragged: new ObjectArray([2], [floatsOf([2, 2], 1, 2, 3, 4), floatsOf([1, 2], 5, 6)]),
      empty: new NumpyArray('f4', [0, 3], new Uint8Array(0)),
    };
    expect(await plain(await read(writePickle(value, { protocol })))).toEqual({
      texts: { shape: [2], texts: ['a😐', '觉得还'] },
      bytes: { shape: [2], texts: ['ab', 'déf'] },
      scalar: 0.6,
      objects: { shape: [3], texts: ['one', '', 'three'] },
      ragged: [
        [1, 2, 3, 4],
        [5, 6],
      ],
      empty: { shape: [0, 3], numbers: [] },
    });
  });

  it('leaves large bytes and texts where they are', async () => {
    const bytes = Uint8Array.from({ length: 300_000 }, (_, i) => i % 251);
    for (const protocol of protocols) {
      const value = await read(writePickle(new NumpyArray('u1', [300_000], bytes), { protocol }));
      const { data } = (value as PickleArray).content as { data: ByteRange };
      expect(data.encoding).toBe(protocol === 2 ? 'latin1-as-utf8' : 'raw');
      expect(readWhole(data, bytes.length)).toEqual(bytes);
    }
    const text = 'é'.repeat(50_000);
    expect(await plain(await read(writePickle(text, { protocol: 4 })))).toBe(text);
  });
});

function floatsOf(shape: readonly number[], ...values: number[]): NumpyArray {
  return new NumpyArray('f4', shape, bytesOf(Float32Array.from(values)));
}

/** Opcodes between the protocol and the end. */
const program = (...parts: readonly Uint8Array[]) => Buffer.concat([op(0x80, 4), ...parts, op(0x2e)]);
const ascii = (text: string) => Buffer.from(text, 'latin1');

describe('a pickle that is refused', () => {
  it.each([
    [
      'calls os.system',
      program(ascii('cposix\nsystem\n'), op(0x28), ascii('X\x04\0\0\0true'), ascii('tR')),
      /posix\.system/,
    ],
    [
      'calls it in the words of protocol 4',
      program(op(0x8c, 5), ascii('posix'), op(0x8c, 6), ascii('system'), op(0x93)),
      /posix\.system/,
    ],
    ['calls eval', program(ascii('c__builtin__\neval\n'), op(0x29), ascii('R')), /__builtin__\.eval/],
    ['makes an object of a class', program(ascii('ccollections\nOrderedDict\n'), op(0x29, 0x81)), /NEWOBJ/],
    ['makes an object in the old way', program(ascii('(iposix\nsystem\n')), /INST/],
    ['refers to something outside of it', program(ascii('Pabc\n')), /PERSID/],
    ['uses an extension code', program(op(0x82, 1)), /EXT1/],
    ['calls an array class', program(ascii('cnumpy\nndarray\n'), op(0x29), ascii('R')), /a call of it/],
    ['names a subclass', program(ascii('cnumpy\nmatrix\n')), /numpy\.matrix/],
    ['sets the state of a function', program(ascii('c_codecs\nencode\n'), ascii('}b')), /a state for _codecs\.encode/],
    ['is of another protocol', op(0x80, 6, 0x4e, 0x2e), /protocol 6/],
    ['holds itself', program(op(0x5d, 0x94, 0x68, 0, 0x61)), /a cyclic reference/],
    [
      'holds itself in a dictionary of tuples',
      program(op(0x7d, 0x94, 0x4e + 0, 0x30), ascii('X\x01\0\0\0k'), op(0x68, 0, 0x85, 0x73)),
      /a cyclic reference/,
    ],
    ['is nested absurdly', program(op(0x4e), Buffer.alloc(1000, 0x85)), /nesting/],
    ['opens marks without end', program(Buffer.alloc(1000, 0x28)), /marks/],
    [
      'has a dtype with fields',
      program(ascii('cnumpy\ndtype\n'), ascii('X\x02\0\0\0V8'), op(0x85), ascii('R')),
      /"V8"/,
    ],
  ])('%s', async (_what, bytes, got) => {
    await expect(read(bytes)).rejects.toMatchObject({ code: 'PICKLE_REFUSED', got: expect.stringMatching(got) });
  });

  it('names the position of what it refuses', async () => {
    await expect(read(program(ascii('cposix\nsystem\n')))).rejects.toMatchObject({
      place: 'test.pkl: byte 2 (GLOBAL)',
    });
  });
});

describe('a pickle that is damaged', () => {
  const whole = writePickle(
    { a: [1, 'two', floatsOf([2, 2], 1, 2, 3, 4)], b: new Tuple([null, 2n ** 70n]) },
    { protocol: 4 },
  );

  it('is cut off at any byte', async () => {
    for (let length = 0; length < whole.length; length += 1) {
      await expect(read(whole.subarray(0, length)), `cut at ${length}`).rejects.toMatchObject({
        code: 'PICKLE_INVALID',
      });
    }
  });

  it.each([
    ['has bytes that are longer than the file', program(op(0x8e), u64(1000))],
    ['has bytes that are longer than anything', program(op(0x96), u64(2n ** 63n))],
    ['has a text that is longer than the file', program(op(0x58), u32(2 ** 31))],
    ['has a frame that is longer than the file', program(op(0x95), u64(1000))],
    ['has an opcode that does not exist', program(op(0xff))],
    ['recalls what was never remembered', program(op(0x68, 7))],
    ['remembers nothing', program(op(0x71, 0))],
    ['takes from an empty stack', program(op(0x85))],
    ['ends a list that was not begun', program(op(0x5d, 0x65))],
    ['appends to a number', program(op(0x4b, 1, 0x4b, 1, 0x61))],
    ['has a key without a value', program(op(0x7d, 0x28, 0x4b, 1, 0x75))],
    ['leaves two values', program(op(0x4e, 0x4e))],
    ['leaves none', program()],
    ['leaves a mark', program(op(0x28, 0x4e))],
    ['is a zip archive', ascii('PK\x03\x04')],
    ['is empty', Buffer.alloc(0)],
  ])('%s', async (_what, bytes) => {
    await expect(read(bytes)).rejects.toMatchObject({ code: 'PICKLE_INVALID' });
  });

  it('has an array with other than the bytes of its shape', async () => {
    for (const protocol of protocols) {
      for (const length of [15, 17]) {
        const value = await read(writePickle(new NumpyArray('f4', [2, 2], Buffer.alloc(length)), { protocol }));
        const numbers = async () => {
          const array = arrayFromPickle(value, 'test');
          if (array.kind === 'numbers') await readNumbers(array);
        };
        await expect(numbers(), `protocol ${protocol}, ${length} bytes`).rejects.toMatchObject({
          code: 'IMPORT_INVALID',
        });
      }
    }
  });
});
