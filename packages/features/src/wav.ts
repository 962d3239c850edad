/** Reads WAV files: PCM of 8, 16, 24 and 32 bits and floats of 32 and 64 bits, with any number of channels (RIFF, Microsoft 1991). */
import type { Sound } from './sound.js';
import { unreadable } from './unreadable.js';

interface Format {
  readonly encoding: 'integer' | 'float';
  readonly bits: number;
  readonly channels: number;
  readonly sampleRate: number;
}

const encodings: { readonly [tag: number]: Format['encoding'] } = { 1: 'integer', 3: 'float' };
/** The real tag then comes first in the sub-format. */
const extensible = 0xfffe;

/**
 * The sound in the bytes of a WAV file; channels are averaged.
 *
 * @param place the file, for errors
 * @throws FILE_UNREADABLE if it is no WAV file, is cut off, or holds something else than PCM or floats
 */
export function readWav(bytes: Uint8Array, place: string): Sound {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < 12 || tag(view, 0) !== 'RIFF' || tag(view, 8) !== 'WAVE') {
    throw unreadable(place, 'a WAV file (RIFF … WAVE)', bytes.length < 12 ? `${bytes.length} bytes` : tag(view, 0));
  }
  let format: Format | undefined;
  for (let at = 12; at + 8 <= bytes.length; ) {
    const name = tag(view, at);
    const size = view.getUint32(at + 4, true);
    const start = at + 8;
    if (start + size > bytes.length) {
      throw unreadable(place, `${size} bytes in the chunk "${name}"`, `${bytes.length - start}: it is cut off`);
    }
    if (name === 'fmt ') format = readFormat(view, start, size, place);
    if (name === 'data') return decode(new DataView(view.buffer, view.byteOffset + start, size), format, place);
    // Chunks start at even positions.
    at = start + size + (size % 2);
  }
  throw unreadable(place, 'a chunk "data"', 'none');
}

function readFormat(view: DataView, start: number, size: number, place: string): Format {
  if (size < 16) throw unreadable(place, 'a chunk "fmt " of at least 16 bytes', `${size}`);
  const declared = view.getUint16(start, true);
  const code = declared === extensible && size >= 26 ? view.getUint16(start + 24, true) : declared;
  const encoding = encodings[code];
  const bits = view.getUint16(start + 14, true);
  const widths = encoding === 'float' ? [32, 64] : [8, 16, 24, 32];
  if (encoding === undefined || !widths.includes(bits)) {
    throw unreadable(place, 'PCM of 8, 16, 24 or 32 bits, or floats', `format ${code} with ${bits} bits`);
  }
  const channels = view.getUint16(start + 2, true);
  const sampleRate = view.getUint32(start + 4, true);
  if (channels === 0 || sampleRate === 0) {
    throw unreadable(place, 'a channel and a sample rate', `${channels} channels at ${sampleRate} Hz`);
  }
  return { encoding, bits, channels, sampleRate };
}

function decode(data: DataView, format: Format | undefined, place: string): Sound {
  if (format === undefined) throw unreadable(place, 'a chunk "fmt " before the chunk "data"', 'none');
  const { channels, sampleRate, bits } = format;
  const read = readerOf(data, format);
  const stride = bits / 8;
  const samples = new Float32Array(Math.floor(data.byteLength / (stride * channels)));
  for (let i = 0; i < samples.length; i += 1) {
    let sum = 0;
    for (let channel = 0; channel < channels; channel += 1) sum += read((i * channels + channel) * stride);
    samples[i] = sum / channels;
  }
  return { sampleRate, samples };
}

function readerOf(data: DataView, { encoding, bits }: Format): (at: number) => number {
  if (encoding === 'float') {
    return bits === 32 ? (at) => data.getFloat32(at, true) : (at) => data.getFloat64(at, true);
  }
  switch (bits) {
    case 8: // The only unsigned width.
      return (at) => (data.getUint8(at) - 128) / 128;
    case 16:
      return (at) => data.getInt16(at, true) / 2 ** 15;
    case 24:
      return (at) => (data.getUint16(at, true) + data.getInt8(at + 2) * 2 ** 16) / 2 ** 23;
    default:
      return (at) => data.getInt32(at, true) / 2 ** 31;
  }
}

function tag(view: DataView, at: number): string {
  return String.fromCharCode(...[0, 1, 2, 3].map((i) => view.getUint8(at + i)));
}
