/** The frames of an MP3 file: where they begin and end, and how many there should be (ISO/IEC 11172-3 and 13818-3, Layer III). */
import { skipId3 } from '../id3.js';
import { unreadable } from '../unreadable.js';

interface Frame {
  /** Bytes, the header included. */
  readonly size: number;
  readonly sampleRate: number;
  /** Where the samples begin, from the start of the frame: behind the header and what says how to read them. */
  readonly dataAt: number;
}

/** By how much sample rates are lower than those of MPEG-1: MPEG-2.5, a reserved code, MPEG-2, MPEG-1. */
const divisors = [4, undefined, 2, 1];
const layerThree = 1;
/** Kilobits a second by code, from 1; the codes before and after are none of these. */
const bitRates = {
  mpeg1: [32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320],
  later: [8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160],
};
const sampleRates = [44_100, 48_000, 32_000];
/** What may follow the last frame. */
const tags = ['TAG', 'APETAGEX', 'LYRICSBEGIN', 'ID3'];

export function isMp3(bytes: Uint8Array): boolean {
  return headerAt(bytes, firstFrame(bytes)) !== undefined;
}

/**
 * Checks that the file is frames from end to end, none of them cut off, as many as it says itself: a decoder would skip
 * what it does not understand.
 *
 * @returns the part of the file that is frames
 * @throws FILE_UNREADABLE
 */
export function checkedFrames(bytes: Uint8Array, place: string): Uint8Array {
  const start = firstFrame(bytes);
  const first = headerAt(bytes, start);
  if (first === undefined) throw unreadable(place, 'a frame of MPEG audio, Layer III', 'something else');
  let at = start;
  let count = 0;
  for (let frame: Frame | undefined = first; frame !== undefined; frame = headerAt(bytes, at)) {
    if (frame.sampleRate !== first.sampleRate) {
      throw unreadable(`${place}, byte ${at}`, `${first.sampleRate} Hz, as before`, `${frame.sampleRate} Hz`);
    }
    if (at + frame.size > bytes.length) {
      const got = `${bytes.length - at}: it is cut off`;
      throw unreadable(place, `${frame.size} bytes in the frame at byte ${at}`, got);
    }
    at += frame.size;
    count += 1;
  }
  if (!mayFollow(bytes.subarray(at))) {
    throw unreadable(`${place}, byte ${at}`, 'a frame, or the end of the file', 'something else: the file is damaged');
  }
  const declared = declaredCount(bytes, start, first);
  if (declared !== undefined && count - 1 < declared) {
    throw unreadable(place, `${declared} frames`, `${count - 1}: it is cut off`);
  }
  return bytes.subarray(start, at);
}

/** Zeros may stand between a tag and the first frame. */
function firstFrame(bytes: Uint8Array): number {
  let at = skipId3(bytes);
  while (bytes[at] === 0) at += 1;
  return at;
}

function mayFollow(rest: Uint8Array): boolean {
  return tags.some((tag) => textAt(rest, 0, tag.length) === tag) || rest.every((byte) => byte === 0);
}

function headerAt(bytes: Uint8Array, at: number): Frame | undefined {
  if (at + 4 > bytes.length) return undefined;
  const [one, two, three, four] = bytes.subarray(at, at + 4) as unknown as [number, number, number, number];
  const divisor = divisors[(two >> 3) & 3];
  const isMpeg1 = divisor === 1;
  const bitRate = (isMpeg1 ? bitRates.mpeg1 : bitRates.later)[(three >> 4) - 1];
  const highest = sampleRates[(three >> 2) & 3];
  const isSynchronous = one === 0xff && two >> 5 === 7 && ((two >> 1) & 3) === layerThree;
  if (!isSynchronous || divisor === undefined || bitRate === undefined || highest === undefined) return undefined;
  const sampleRate = highest / divisor;
  // An eighth of the samples in a frame: bits to bytes.
  const size = Math.floor(((isMpeg1 ? 1152 : 576) / 8) * ((1000 * bitRate) / sampleRate)) + ((three >> 1) & 1);
  const isMono = four >> 6 === 3;
  const side = isMpeg1 ? (isMono ? 17 : 32) : isMono ? 9 : 17;
  const checkSum = two & 1 ? 0 : 2;
  return { size, sampleRate, dataAt: 4 + checkSum + side };
}

/** The number of frames behind the first, if the first holds no sound but says that (Xing; `Info` of LAME). */
function declaredCount(bytes: Uint8Array, start: number, { dataAt }: Frame): number | undefined {
  const at = start + dataAt;
  if (!['Xing', 'Info'].includes(textAt(bytes, at, 4)) || at + 12 > bytes.length) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  return view.getUint32(at + 4) & 1 ? view.getUint32(at + 8) : undefined;
}

function textAt(bytes: Uint8Array, at: number, length: number): string {
  return String.fromCharCode(...bytes.subarray(at, at + length));
}
