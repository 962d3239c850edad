/** Writes one stream of one split in chunks: no more than a chunk of it is ever in memory. */
import { createHash } from 'node:crypto';
import { pipeline } from 'node:stream/promises';
import { InterfuseError, type RaggedRows } from '@interfuse/core';
import { encode, encodeHeader, writeWhole } from '@interfuse/safetensors';
import { invalid } from './problems.js';
import { lengthsTensor, valuesTensor } from './stream-file.js';

export interface StreamToWrite {
  /** Features per step. */
  readonly width: number;
  /** Samples in the split. */
  readonly count: number;
  /** The steps of all samples together, or more: room for the header, which is written last. */
  readonly mostRows: number;
  /** Samples in their order, some at a time; a sample that lacks the stream has length 0. */
  readonly chunks: AsyncIterable<RaggedRows> | Iterable<RaggedRows>;
}

export interface WrittenStream {
  /** Steps of each sample. */
  readonly lengths: Int32Array;
  /** SHA-256 of the file, as hex. */
  readonly sha256: string;
}

/** The largest number that rounds to a finite half, exclusive. */
const halfLimit = 65520;

/**
 * Writes the file whole or not at all.
 *
 * @throws DATASET_NOT_FINITE; DATASET_INVALID if the chunks are not what was announced; FILE_NOT_WRITTEN
 */
export async function writeStreamFile(
  file: string,
  place: string,
  { width, count, mostRows, chunks }: StreamToWrite,
  type: 'F16' | 'F32',
  signal?: AbortSignal,
): Promise<WrittenStream> {
  const bytesPerValue = type === 'F16' ? 2 : 4;
  const lengths = new Int32Array(count);
  const headerOf = (rows: number, least?: number) =>
    encodeHeader(
      {
        [lengthsTensor]: { dtype: 'I32', shape: [count], data_offsets: [0, 4 * count] },
        [valuesTensor]: {
          dtype: type,
          shape: [rows, width],
          data_offsets: [4 * count, 4 * count + bytesPerValue * rows * width],
        },
      },
      least,
    );
  const headerLength = headerOf(mostRows).length;
  let samples = 0;
  let rows = 0;
  let sha256 = '';
  await writeWhole(file, async (handle) => {
    let position = headerLength + 4 * count;
    // The next chunk is made while this one is being written.
    let writing = Promise.resolve();
    try {
      for await (const chunk of chunks) {
        signal?.throwIfAborted();
        const steps = chunk.lengths.reduce((sum, length) => sum + length, 0);
        if (steps * width !== chunk.values.length) {
          throw invalid(place, `${steps} steps of ${width} values`, `${chunk.values.length} values`);
        }
        checkValues(chunk, width, type, (at) => `${place}: sample ${samples + at} of the split`);
        if (samples + chunk.lengths.length > count) {
          throw invalid(place, `${count} lengths, one for each sample`, `${samples + chunk.lengths.length} or more`);
        }
        lengths.set(chunk.lengths, samples);
        samples += chunk.lengths.length;
        rows += steps;
        const bytes = encode(chunk.values, type);
        await writing;
        writing = writeAt(handle, bytes, position);
        // Whoever waits for it is told; until then nobody listens.
        writing.catch(() => undefined);
        position += bytes.byteLength;
      }
    } finally {
      await writing;
    }
    if (samples !== count) throw invalid(place, `${count} lengths, one for each sample`, `${samples}`);
    if (rows > mostRows) throw invalid(place, `at most ${mostRows} steps, as announced`, `${rows}`);
    await writeAt(handle, headerOf(rows, headerLength), 0);
    await writeAt(handle, encode(lengths, 'I32'), headerLength);
    // Hashing reads what is in memory still, while the disk is busy with it.
    [sha256] = await Promise.all([hashOf(handle, signal), handle.sync()]);
  });
  return { lengths, sha256 };
}

type Handle = Parameters<Parameters<typeof writeWhole>[1]>[0];

async function hashOf(handle: Handle, signal: AbortSignal | undefined): Promise<string> {
  const hash = createHash('sha256');
  const stream = handle.createReadStream({ start: 0, autoClose: false, highWaterMark: 1 << 20 });
  await pipeline(stream, hash, ...(signal ? [{ signal }] : []));
  return hash.digest('hex');
}

async function writeAt(handle: Handle, bytes: Uint8Array, position: number): Promise<void> {
  let written = 0;
  while (written < bytes.byteLength) {
    const { bytesWritten } = await handle.write(bytes, written, bytes.byteLength - written, position + written);
    written += bytesWritten;
  }
}

function checkValues(
  { values, lengths }: RaggedRows,
  width: number,
  type: 'F16' | 'F32',
  placeOf: (sample: number) => string,
): void {
  const limit = type === 'F16' ? halfLimit : Number.POSITIVE_INFINITY;
  for (let at = 0; at < values.length; at += 1) {
    // NaN fails the comparison, too.
    if (Math.abs(values[at] as number) < limit) continue;
    let row = Math.floor(at / width);
    let sample = 0;
    while (row >= (lengths[sample] as number)) {
      row -= lengths[sample] as number;
      sample += 1;
    }
    throw new InterfuseError('DATASET_NOT_FINITE', {
      place: `${placeOf(sample)}, step ${row}, feature ${at % width}`,
      expected: type === 'F16' ? 'a number that half precision can hold' : 'a finite number',
      got: String(values[at]),
    });
  }
}
