import { InterfuseError } from '@interfuse/core';
import { describe, expect, it } from 'vitest';
import { readWav } from './wav.js';

interface Layout {
  readonly code: number;
  readonly bits: number;
  readonly channels?: number;
  readonly extensible?: boolean;
  readonly before?: Buffer;
}

/** A WAV file with these bytes as data, laid out as Microsoft's "Multimedia Programming Interface" (1991) says. */
function wav(data: Buffer, { code, bits, channels = 1, extensible = false, before = Buffer.alloc(0) }: Layout): Buffer {
  const format = Buffer.alloc(extensible ? 40 : 16);
  format.writeUInt16LE(extensible ? 0xfffe : code, 0);
  format.writeUInt16LE(channels, 2);
  format.writeUInt32LE(8000, 4);
  format.writeUInt32LE((8000 * channels * bits) / 8, 8);
  format.writeUInt16LE((channels * bits) / 8, 12);
  format.writeUInt16LE(bits, 14);
  if (extensible) format.writeUInt16LE(code, 24);
  const body = Buffer.concat([Buffer.from('WAVE'), chunk('fmt ', format), before, chunk('data', data)]);
  return chunk('RIFF', body);
}

function chunk(name: string, body: Buffer): Buffer {
  const size = Buffer.alloc(4);
  size.writeUInt32LE(body.length);
  return Buffer.concat([Buffer.from(name), size, body, Buffer.alloc(body.length % 2)]);
}

/** Numbers of this width, one after another. */
function packed(width: number, values: readonly number[], write: (buffer: Buffer, value: number, at: number) => void) {
  const buffer = Buffer.alloc(width * values.length);
  for (const [i, value] of values.entries()) write(buffer, value, width * i);
  return buffer;
}

const int16 = (values: readonly number[]) => packed(2, values, (buffer, value, at) => buffer.writeInt16LE(value, at));

function failure(file: Buffer): unknown {
  try {
    return readWav(file, 'a.wav');
  } catch (error) {
    return error;
  }
}

describe('a WAV file', () => {
  it.each([
    ['8 bits', { code: 1, bits: 8 }, Buffer.from([128, 192, 0])],
    ['16 bits', { code: 1, bits: 16 }, int16([0, 2 ** 14, -(2 ** 15)])],
    ['24 bits', { code: 1, bits: 24 }, packed(3, [0, 2 ** 22, -(2 ** 23)], (b, x, at) => b.writeIntLE(x, at, 3))],
    ['32 bits', { code: 1, bits: 32 }, packed(4, [0, 2 ** 30, -(2 ** 31)], (b, x, at) => b.writeInt32LE(x, at))],
    ['floats', { code: 3, bits: 32 }, packed(4, [0, 0.5, -1], (b, x, at) => b.writeFloatLE(x, at))],
    ['doubles', { code: 3, bits: 64 }, packed(8, [0, 0.5, -1], (b, x, at) => b.writeDoubleLE(x, at))],
  ] as const)('of %s gives 0, a half and the lowest value', (_, layout, data) => {
    for (const extensible of [false, true]) {
      const { sampleRate, samples } = readWav(wav(data, { ...layout, extensible }), 'a.wav');
      expect(sampleRate).toBe(8000);
      expect([...samples]).toEqual([0, 0.5, -1]);
    }
  });

  it('with two channels gives their mean', () => {
    const data = int16([16384, 0, -16384, -16384]);
    expect([...readWav(wav(data, { code: 1, bits: 16, channels: 2 }), 'a.wav').samples]).toEqual([0.25, -0.5]);
  });

  it('may hold other chunks, of odd length too', () => {
    const before = chunk('LIST', Buffer.from('abc'));
    expect(readWav(wav(Buffer.from([128]), { code: 1, bits: 8, before }), 'a.wav').samples).toHaveLength(1);
  });

  it.each([
    ['text', Buffer.from('hello world, this is no sound'), 'RIFF'],
    ['nothing', Buffer.alloc(0), '0 bytes'],
    ['a compressed format', wav(Buffer.alloc(4), { code: 85, bits: 16 }), 'format 85'],
    ['12 bits', wav(Buffer.alloc(4), { code: 1, bits: 12 }), 'with 12 bits'],
  ])('is refused if it holds %s', (_, file, said) => {
    const error = failure(file as Buffer);
    expect(error).toBeInstanceOf(InterfuseError);
    expect(error).toMatchObject({ code: 'FILE_UNREADABLE', place: 'a.wav' });
    expect((error as Error).message).toContain(said);
  });

  it('is refused wherever it is cut off', () => {
    const whole = wav(Buffer.alloc(200), { code: 1, bits: 16 });
    for (let tenth = 0; tenth < 10; tenth += 1) {
      const error = failure(whole.subarray(0, Math.floor((whole.length * tenth) / 10)));
      expect(error).toMatchObject({ code: 'FILE_UNREADABLE' });
    }
  });
});
