/** Reads FLAC files, exactly and with all their check sums: the Free Lossless Audio Codec (RFC 9639). */
import { createHash } from 'node:crypto';
import { skipId3 } from '../id3.js';
import type { Sound } from '../sound.js';
import { unreadable } from '../unreadable.js';
import { BitReader } from './bit-reader.js';
import { type Format, readFrame } from './frame.js';

interface Stream extends Format {
  /** Samples of each channel; 0 if nobody knew. */
  readonly count: number;
  /** In hexadecimal digits; zeros if nobody computed it. */
  readonly md5: string;
  /** Where the frames begin. */
  readonly start: number;
}

/** Bytes of the block that says what the stream is. */
const infoSize = 34;

export function isFlac(bytes: Uint8Array): boolean {
  const at = skipId3(bytes);
  return String.fromCharCode(...bytes.subarray(at, at + 4)) === 'fLaC';
}

/**
 * The sound in the bytes of a FLAC file; channels are averaged. The samples are those that were encoded: the file carries
 * their MD5.
 *
 * @param place the file, for errors
 * @throws FILE_UNREADABLE if it is no FLAC file, is cut off or damaged
 */
export function readFlac(bytes: Uint8Array, place: string): Sound {
  if (!isFlac(bytes)) throw unreadable(place, 'a FLAC file (fLaC)', `${bytes.length} bytes of something else`);
  const stream = readStream(bytes, place);
  const { sampleRate, bits, count, md5 } = stream;
  const hash = createHash('md5');
  const blocks: Float32Array[] = [];
  let length = 0;
  for (let at = stream.start; count === 0 ? at < bytes.length : length < count; ) {
    if (at >= bytes.length) throw unreadable(place, `${count} samples`, `${length}: it is cut off`);
    const frame = readFrame(bytes, at, stream, place);
    hash.update(littleEndian(frame.channels, bits));
    const block = averaged(frame.channels, bits);
    blocks.push(block);
    length += block.length;
    at = frame.end;
  }
  if (count !== 0 && length !== count) throw unreadable(place, `${count} samples`, String(length));
  const digest = hash.digest('hex');
  if (/[^0]/.test(md5) && digest !== md5) {
    throw unreadable(place, `samples with the MD5 ${md5}`, `${digest}: the file is damaged`);
  }
  const samples = new Float32Array(length);
  let filled = 0;
  for (const block of blocks) {
    samples.set(block, filled);
    filled += block.length;
  }
  return { sampleRate, samples };
}

/** The blocks before the first frame (RFC 9639, section 8); only the first, STREAMINFO, is looked at. */
function readStream(bytes: Uint8Array, place: string): Stream {
  let stream: Omit<Stream, 'start'> | undefined;
  const reader = new BitReader(bytes, skipId3(bytes) + 4, place);
  for (let at = reader.position; ; ) {
    const block = new BitReader(bytes, at, place);
    const isLast = block.unsigned(1) === 1;
    const type = block.unsigned(7);
    const size = block.unsigned(24);
    if (stream === undefined) {
      if (type !== 0 || size !== infoSize) {
        throw unreadable(place, 'what the stream is (STREAMINFO) first', `a block of type ${type}`);
      }
      stream = readInfo(block, bytes, place);
    }
    at += 4 + size;
    if (at > bytes.length) throw unreadable(place, `${at} bytes or more`, `${bytes.length}: it is cut off`);
    if (isLast) return { ...stream, start: at };
  }
}

function readInfo(reader: BitReader, bytes: Uint8Array, place: string): Omit<Stream, 'start'> {
  // Sizes of blocks and frames, which each frame tells.
  reader.unsigned(16);
  reader.unsigned(16);
  reader.unsigned(48);
  const sampleRate = reader.unsigned(20);
  const channels = reader.unsigned(3) + 1;
  const bits = reader.unsigned(5) + 1;
  const count = reader.unsigned(36);
  const md5 = Buffer.from(bytes.subarray(reader.position, reader.position + 16)).toString('hex');
  if (sampleRate === 0 || bits < 4) throw unreadable(place, 'samples of 4 bits or more', `${bits} at ${sampleRate} Hz`);
  return { sampleRate, channels, bits, count, md5 };
}

/** Full scale is 1. */
function averaged(channels: readonly Float64Array[], bits: number): Float32Array {
  const scale = 2 ** (bits - 1);
  return Float32Array.from(channels[0] as Float64Array, (_, i) => {
    let sum = 0;
    for (const samples of channels) sum += (samples[i] as number) / scale;
    return sum / channels.length;
  });
}

/** Samples side by side in as few bytes as hold them: what the MD5 of the stream is of. */
function littleEndian(channels: readonly Float64Array[], bits: number): Buffer {
  const width = Math.ceil(bits / 8);
  const count = channels[0]?.length ?? 0;
  const buffer = Buffer.alloc(width * channels.length * count);
  let at = 0;
  for (let i = 0; i < count; i += 1) {
    for (const samples of channels) at = buffer.writeIntLE(samples[i] as number, at, width);
  }
  return buffer;
}
