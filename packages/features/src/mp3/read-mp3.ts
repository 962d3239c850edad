/**
 * Reads MP3 files with libmpg123, compiled to WebAssembly in the optional package `mpg123-decoder`. It is optional because
 * of its licence: the package is MIT, the library in it LGPL 2.1.
 */
import { InterfuseError } from '@interfuse/core';
import type { Sound } from '../sound.js';
import { unreadable } from '../unreadable.js';
import { checkedFrames } from './frames.js';

const decoderPackage = 'mpg123-decoder';
const version = '1.0.3';

/** What is used of the package. */
interface Decoder {
  readonly ready: Promise<void>;
  decode(bytes: Uint8Array): {
    readonly channelData: readonly Float32Array[];
    readonly samplesDecoded: number;
    readonly sampleRate: number;
    readonly errors: readonly { readonly message: string }[];
  };
  free(): void;
}

/** How the package is loaded. */
export type LoadDecoder = () => Promise<{ readonly MPEGDecoder: new () => Decoder }>;

/** Its types are not needed to build Interfuse without it. */
const loadDecoder: LoadDecoder = () => import(decoderPackage as string);

/**
 * The sound in the bytes of an MP3 file; channels are averaged. Where the encoder says how much it put before and after
 * the sound (LAME and FFmpeg do), that is left out; else some 0.05 s of silence stay at the start.
 *
 * @param place the file, for errors
 * @throws FILE_UNREADABLE if it is no MP3 file, is cut off or damaged; PACKAGE_ABSENT if the decoder is not installed
 */
export async function readMp3(bytes: Uint8Array, place: string, load: LoadDecoder = loadDecoder): Promise<Sound> {
  const frames = checkedFrames(bytes, place);
  const { MPEGDecoder } = await loaded(place, load);
  const decoder = new MPEGDecoder();
  await decoder.ready;
  try {
    const { channelData, samplesDecoded, sampleRate, errors } = decoder.decode(frames);
    const [error] = errors;
    if (error !== undefined) throw unreadable(place, 'frames that can be decoded', error.message);
    const samples = new Float32Array(samplesDecoded);
    for (const channel of channelData) {
      for (let i = 0; i < samplesDecoded; i += 1) {
        samples[i] = (samples[i] as number) + (channel[i] as number) / channelData.length;
      }
    }
    return { sampleRate, samples };
  } finally {
    decoder.free();
  }
}

async function loaded(place: string, load: LoadDecoder): ReturnType<LoadDecoder> {
  try {
    return await load();
  } catch (cause) {
    const isAbsent = (cause as { code?: unknown }).code === 'ERR_MODULE_NOT_FOUND';
    throw new InterfuseError('PACKAGE_ABSENT', {
      place,
      expected: `the package ${decoderPackage}, which reads MP3`,
      got: isAbsent ? 'no such package: it is optional' : `a package that does not load: ${(cause as Error).message}`,
      remedy: `Run \`npm install ${decoderPackage}@${version}\` beside Interfuse, or convert the recording to WAV or FLAC.`,
      cause,
    });
  }
}
