/** Reads a recording in whatever format it is: WAV, FLAC or MP3, told by its first bytes, never by its name. */
import { isFlac, readFlac } from './flac/read-flac.js';
import { isMp3 } from './mp3/frames.js';
import { readMp3 } from './mp3/read-mp3.js';
import type { Sound } from './sound.js';
import { unreadable } from './unreadable.js';
import { readWav } from './wav.js';

/**
 * The sound in the bytes of a file; channels are averaged, the sample rate is kept.
 *
 * @param place the file, for errors
 * @throws FILE_UNREADABLE if it is none of these, is cut off or damaged; PACKAGE_ABSENT for MP3 without its decoder
 */
export async function readSound(bytes: Uint8Array, place: string): Promise<Sound> {
  const start = String.fromCharCode(...bytes.subarray(0, 4));
  if (start === 'RIFF') return readWav(bytes, place);
  if (isFlac(bytes)) return readFlac(bytes, place);
  if (isMp3(bytes)) return readMp3(bytes, place);
  throw unreadable(place, 'a WAV, FLAC or MP3 file', bytes.length < 4 ? `${bytes.length} bytes` : `"${start}" first`);
}
