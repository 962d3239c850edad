/** FLAC files made by the reference encoder (flac 1.4.2) decode to what they were encoded from. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { Sound } from '../sound.js';
import { readWav } from '../wav.js';
import { BitReader } from './bit-reader.js';
import { crc8, crc16 } from './checksums.js';
import { readFlac } from './read-flac.js';
import { readSubframe } from './subframe.js';

const bytesOf = (name: string): Uint8Array => readFileSync(new URL(`../../test/recordings/${name}`, import.meta.url));

const bytesIn = ({ samples }: Sound) => Buffer.from(samples.buffer, samples.byteOffset, samples.byteLength);

function failure(bytes: Uint8Array): unknown {
  try {
    return readFlac(bytes, 'a.flac');
  } catch (error) {
    return error;
  }
}

describe('a FLAC file', () => {
  it.each([
    ['a voice', 'voice.flac', 'voice.wav'],
    ['silence, noise, tones, halves alike and low bits of zeros, in 24 bits', 'shapes.flac', 'shapes.wav'],
    ['the same with the fixed predictors', 'shapes-fixed.flac', 'shapes.wav'],
  ])('of %s holds exactly the samples of the WAV file', (_, flac, wav) => {
    const expected = readWav(bytesOf(wav), wav);
    const { sampleRate, samples } = readFlac(bytesOf(flac), flac);
    expect(sampleRate).toBe(expected.sampleRate);
    expect(samples).toEqual(expected.samples);
  });

  it('may be the first example of RFC 9639 (appendix D.1): one sample, 25588 and 10416', () => {
    const example =
      '664c6143800000221000100000000f00000f0ac442f0000000013e84b41807dc690307586a3dad1a2e0ffff869180000bf0358fd03128baa9a';
    const { sampleRate, samples } = readFlac(Buffer.from(example, 'hex'), 'example');
    expect([sampleRate, ...samples]).toEqual([44_100, (25_588 + 10_416) / 2 / 2 ** 15]);
  });

  it('may hold residuals as they are, which its encoder avoids', () => {
    // Fixed predictor of order 1, no wasted bits, start 5, one partition, Rice parameter 15: 3 bits each (section 9.2.7.1).
    const bits = '0 001001 0  00000101  00 0000 1111 00011  001 111 100'.replaceAll(' ', '');
    const bytes = Uint8Array.from(bits.match(/.{1,8}/g) ?? [], (byte) => Number.parseInt(byte.padEnd(8, '0'), 2));
    expect([...readSubframe(new BitReader(bytes, 0, 'a.flac'), 4, 8, 'a.flac')]).toEqual([5, 6, 5, 1]);
  });

  it('may have a tag of ID3 before it', () => {
    const tag = Buffer.concat([Buffer.from('ID3\x04\x00\x00\x00\x00\x01\x02'), Buffer.alloc(130)]);
    const { samples } = readFlac(Buffer.concat([tag, bytesOf('voice.flac')]), 'a.flac');
    expect(samples).toEqual(readWav(bytesOf('voice.wav'), 'voice.wav').samples);
  });

  it('is refused wherever it is cut off', () => {
    const whole = bytesOf('shapes.flac');
    const cuts = Array.from({ length: 50 }, (_, i) => Math.floor((whole.length * i) / 50));
    for (const cut of [...cuts, whole.length - 1]) {
      expect(failure(whole.subarray(0, cut)), `${cut} bytes`).toMatchObject({
        code: 'FILE_UNREADABLE',
        place: expect.stringMatching(/^a\.flac/),
      });
    }
  });

  it('is refused whichever of its bytes is damaged, but for those that say nothing of the sound', () => {
    const whole = bytesOf('voice.flac');
    const expected = readFlac(whole, 'voice.flac');
    const firstFrame = whole.findIndex((byte, i) => byte === 0xff && whole[i + 1] === 0xf8);
    for (let at = 0; at < whole.length; at += at < firstFrame + 20 ? 1 : 397) {
      const damaged = Uint8Array.from(whole);
      damaged[at] = (damaged[at] as number) ^ 0x10;
      const found = failure(damaged);
      if (found instanceof Error) expect(found, `byte ${at}`).toMatchObject({ code: 'FILE_UNREADABLE' });
      else {
        expect(at).toBeLessThan(firstFrame);
        // Much faster than to compare them one by one.
        expect(Buffer.compare(bytesIn(found as Sound), bytesIn(expected)), `byte ${at}`).toBe(0);
      }
    }
  });

  it('is refused if it is none', () => {
    expect(failure(bytesOf('voice.wav'))).toMatchObject({ code: 'FILE_UNREADABLE', expected: 'a FLAC file (fLaC)' });
  });
});

describe('bits', () => {
  it('are read across bytes, the highest first, and the end of the file is an error', () => {
    const reader = new BitReader(Uint8Array.of(0b1010_0000, 0b0000_0101, 0xff, 0xff), 0, 'a.flac');
    expect([reader.unsigned(1), reader.signed(3), reader.zeros(), reader.unsigned(2)]).toEqual([1, 2, 9, 1]);
    expect([reader.signed(12), reader.unsigned(4)]).toEqual([-1, 15]);
    expect(() => reader.zeros()).toThrow(expect.objectContaining({ code: 'FILE_UNREADABLE' }));
  });

  it('are checked by remainders', () => {
    // Of "123456789": CRC-8/SMBUS and CRC-16/UMTS (BUYPASS) in the catalogue of Greg Cook.
    const digits = Buffer.from('123456789');
    expect([crc8(digits), crc16(digits)]).toEqual([0xf4, 0xfee8]);
  });
});
