/** MP3 files made by LAME 3.100 have the length, the frequency and the energy of the tones that were encoded. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { readWav } from '../wav.js';
import { checkedFrames } from './frames.js';
import { type LoadDecoder, readMp3 } from './read-mp3.js';

const bytesOf = (name: string): Buffer => readFileSync(new URL(`../../test/recordings/${name}`, import.meta.url));

const failure = (bytes: Uint8Array, load?: LoadDecoder): Promise<unknown> =>
  readMp3(bytes, 'a.mp3', load).catch((error: unknown) => error);

const rootMeanSquare = (samples: Float32Array) =>
  Math.sqrt(samples.reduce((sum, x) => sum + x * x, 0) / samples.length);

/** The root mean square of what differs from a tone of 440 Hz that starts with the sound, relative to the tone's. */
function errorOf(samples: Float32Array, sampleRate: number, amplitude: number): number {
  const differences = samples.map((x, i) => x - amplitude * Math.sin((2 * Math.PI * 440 * i) / sampleRate));
  return rootMeanSquare(differences) / (amplitude / Math.SQRT2);
}

describe('an MP3 file', () => {
  it.each([
    // Half a second each. LAME makes sounds quieter by a twentieth at constant rates; the mean of 0.4 and 0.2 is 0.3.
    ['mono, 16 kHz, 64 kbit/s', 'tone-16000-mono.mp3', 16_000, 0.38],
    ['stereo, 44.1 kHz, a variable rate and a tag of ID3', 'tone-44100-stereo.mp3', 44_100, 0.3],
  ])('of %s has the length and the phase of its tone, and its energy within 1 %%', async (_, name, rate, amplitude) => {
    const { sampleRate, samples } = await readMp3(bytesOf(name), name);
    expect([sampleRate, samples.length]).toEqual([rate, rate / 2]);
    expect(Math.abs(rootMeanSquare(samples) / (amplitude / Math.SQRT2) - 1)).toBeLessThan(0.01);
    expect(errorOf(samples, rate, amplitude)).toBeLessThan(0.01);
  });

  it('of a voice is as long as the voice, and close to it', async () => {
    const voice = readWav(bytesOf('voice.wav'), 'voice.wav');
    const { sampleRate, samples } = await readMp3(bytesOf('voice.mp3'), 'voice.mp3');
    expect([sampleRate, samples.length]).toEqual([voice.sampleRate, voice.samples.length]);
    const difference = rootMeanSquare(samples.map((x, i) => x - (voice.samples[i] as number)));
    expect(difference / rootMeanSquare(voice.samples)).toBeLessThan(0.1);
  });

  it('that does not tell its delay keeps it: at most three frames more than the sound', async () => {
    const { samples } = await readMp3(bytesOf('tone-untagged.mp3'), 'a.mp3');
    expect(samples.length).toBeGreaterThan(8000);
    expect(samples.length).toBeLessThanOrEqual(8000 + 3 * 576);
  });

  it('may have zeros and a tag behind it', () => {
    const whole = bytesOf('tone-16000-mono.mp3');
    const tag = Buffer.concat([Buffer.from('TAG'), Buffer.alloc(125)]);
    for (const more of [tag, Buffer.alloc(7)]) {
      expect(checkedFrames(Buffer.concat([whole, more]), 'a.mp3')).toHaveLength(whole.length);
    }
  });

  it('is refused wherever it is cut off', async () => {
    const whole = bytesOf('tone-16000-mono.mp3');
    // 288 bytes a frame: cuts between frames too.
    const cuts = [0, 2, 50, 288, 289, 1000, 288 * 10, whole.length - 288, whole.length - 1];
    for (const cut of cuts) {
      const ended = readMp3(whole.subarray(0, cut), 'a.mp3').then(
        () => 'read',
        ({ code }) => code,
      );
      expect(await ended, `${cut} bytes`).toBe('FILE_UNREADABLE');
    }
  });

  it('is refused if something else stands between its frames, or it changes its sample rate', async () => {
    const whole = bytesOf('tone-16000-mono.mp3');
    const disturbed = Buffer.concat([whole.subarray(0, 288 * 5), Buffer.from('noise'), whole.subarray(288 * 5)]);
    expect(await failure(disturbed)).toMatchObject({ code: 'FILE_UNREADABLE', place: 'a.mp3, byte 1440' });
    const faster = Buffer.from(bytesOf('tone-44100-stereo.mp3'));
    const joined = Buffer.concat([whole, checkedFrames(faster, 'b.mp3')]);
    expect(await failure(joined)).toMatchObject({ code: 'FILE_UNREADABLE', expected: '16000 Hz, as before' });
  });

  it('without its decoder is refused with the command that installs it', async () => {
    const absent = () => import('a-decoder-that-is-not-installed' as string);
    expect(await failure(bytesOf('voice.mp3'), absent)).toMatchObject({
      code: 'PACKAGE_ABSENT',
      place: 'a.mp3',
      got: 'no such package: it is optional',
      remedy: expect.stringContaining('`npm install mpg123-decoder@1.0.3`'),
    });
    const broken = () => Promise.reject(new Error('no memory'));
    expect(await failure(bytesOf('voice.mp3'), broken)).toMatchObject({
      code: 'PACKAGE_ABSENT',
      got: 'a package that does not load: no memory',
    });
  });
});
