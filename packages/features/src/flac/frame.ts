/** One frame of a FLAC stream: a block of samples of every channel (RFC 9639, section 9). */
import { unreadable } from '../unreadable.js';
import { BitReader } from './bit-reader.js';
import { crc8, crc16 } from './checksums.js';
import { readSubframe } from './subframe.js';

export interface Frame {
  /** Whole numbers by channel. */
  readonly channels: readonly Float64Array[];
  /** Where the next frame begins. */
  readonly end: number;
}

/** What a frame must agree with: the stream's. */
export interface Format {
  readonly sampleRate: number;
  readonly channels: number;
  readonly bits: number;
}

interface Header {
  readonly count: number;
  readonly assignment: number;
}

const leftAndSide = 8;
const sideAndRight = 9;
const midAndSide = 10;

/** Hz by code; 0 is the stream's, 12 to 14 stand at the end of the header. */
const sampleRates = [0, 88_200, 176_400, 192_000, 8000, 16_000, 22_050, 24_000, 32_000, 44_100, 48_000, 96_000];
/** By code; 0 is the stream's, 3 is reserved. */
const widths = [0, 8, 12, undefined, 16, 20, 24, 32];

/** The frame that begins at a byte. @throws FILE_UNREADABLE if it is cut off, damaged or of another format */
export function readFrame(bytes: Uint8Array, start: number, format: Format, place: string): Frame {
  const reader = new BitReader(bytes, start, place);
  const where = `${place}, byte ${start}`;
  const { count, assignment } = readHeader(reader, bytes, start, format, where);
  const coded = Array.from({ length: format.channels }, (_, channel) => {
    const isSide = assignment === sideAndRight ? channel === 0 : assignment >= leftAndSide && channel === 1;
    return readSubframe(reader, count, format.bits + (isSide ? 1 : 0), where);
  });
  reader.alignToByte();
  const sum = crc16(bytes.subarray(start, reader.position));
  checkSum(sum, reader.unsigned(16), where);
  const channels = separate(coded, assignment);
  const limit = 2 ** (format.bits - 1);
  const strange = channels.flatMap((samples) => samples.find((sample) => !(sample >= -limit && sample < limit)) ?? []);
  if (strange.length > 0) throw unreadable(where, `samples of ${format.bits} bits`, String(strange[0]));
  return { channels, end: reader.position };
}

function readHeader(reader: BitReader, bytes: Uint8Array, start: number, format: Format, where: string): Header {
  const sync = reader.unsigned(15);
  if (sync !== 0x7ffc) throw unreadable(where, 'a frame', 'something else: the file is damaged');
  // Blocks of one size or of several: the sizes are told anyway.
  reader.unsigned(1);
  const [blockCode, rateCode, assignment, widthCode, reservedBit] = [4, 4, 4, 3, 1].map((n) => reader.unsigned(n)) as [
    number,
    number,
    number,
    number,
    number,
  ];
  // The number of the frame or of its first sample, coded as in UTF-8.
  for (let rest = leadingOnes(reader.unsigned(8)) - 1; rest > 0; rest -= 1) reader.unsigned(8);
  const count = blockCode === 6 || blockCode === 7 ? reader.unsigned(blockCode === 6 ? 8 : 16) + 1 : sizeOf(blockCode);
  const rate = rateCode < 12 ? sampleRates[rateCode] : writtenRate(reader, rateCode);
  checkSum(crc8(bytes.subarray(start, reader.position)), reader.unsigned(8), where);

  const { channels, bits, sampleRate } = format;
  const coded = assignment < leftAndSide ? assignment + 1 : 2;
  const width = widths[widthCode];
  const agrees =
    coded === channels && (width === 0 || width === bits) && (rate === 0 || rate === sampleRate) && reservedBit === 0;
  if (!agrees || assignment > midAndSide || count === 0) {
    const described = (c: number, w: unknown, r: unknown) => `${c} channels of ${w} bits at ${r} Hz`;
    throw unreadable(
      where,
      `a frame with ${described(channels, bits, sampleRate)}, as the stream`,
      described(coded, width || bits, rate || sampleRate),
    );
  }
  return { count, assignment };
}

/** Samples in a block; 0 for the code that is reserved. */
function sizeOf(code: number): number {
  if (code >= 8) return 2 ** code;
  if (code >= 2) return 144 * 2 ** code;
  return code === 1 ? 192 : 0;
}

function writtenRate(reader: BitReader, code: number): number | undefined {
  if (code === 12) return reader.unsigned(8) * 1000;
  if (code === 13) return reader.unsigned(16);
  return code === 14 ? reader.unsigned(16) * 10 : undefined;
}

function leadingOnes(byte: number): number {
  return Math.clz32(~(byte << 24));
}

/** Channels from how two were coded: one and their difference, or mean and difference (RFC 9639, section 4.2). */
function separate(coded: readonly Float64Array[], assignment: number): readonly Float64Array[] {
  if (assignment < leftAndSide) return coded;
  const [first, second] = coded as [Float64Array, Float64Array];
  if (assignment === leftAndSide) return [first, first.map((left, i) => left - (second[i] as number))];
  if (assignment === sideAndRight) return [first.map((side, i) => side + (second[i] as number)), second];
  // The mean was halved: its last bit is that of the difference.
  const doubled = first.map((mid, i) => 2 * mid + Math.abs((second[i] as number) % 2));
  return [
    doubled.map((sum, i) => (sum + (second[i] as number)) / 2),
    doubled.map((sum, i) => (sum - (second[i] as number)) / 2),
  ];
}

function checkSum(computed: number, stored: number, where: string): void {
  if (computed !== stored) throw unreadable(where, `the check sum ${stored}`, `${computed}: the file is damaged`);
}
