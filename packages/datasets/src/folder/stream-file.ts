/** One stream of one split: a safetensors file of packed rows, read by position and never as a whole. */
import { firstNotFinite, InterfuseError, type RaggedRows, type Sample } from '@interfuse/core';
import { findTensor, readHeader, readTensor, SafetensorsFile, type SafetensorsHeader } from '@interfuse/safetensors';
import { invalid, throwFirst } from './problems.js';

/** The steps of all samples one after another: [sum of lengths, width], F16 or F32. */
export const valuesTensor = 'values';
/** Steps per sample: [samples], I32. */
export const lengthsTensor = 'lengths';

export interface StreamShape {
  readonly width: number;
  readonly maximumLength: number;
}

/** What is known of a stream before a value is read. */
export interface StreamIndex {
  readonly file: string;
  readonly width: number;
  readonly lengths: Int32Array;
  /** First row of each sample, and at the end the number of rows. */
  readonly starts: Float64Array;
}

/**
 * Reads header and lengths and checks them against the description and the samples.
 *
 * @throws FILE_NOT_FOUND, SAFETENSORS_INVALID, SAFETENSORS_TENSOR, DATASET_INVALID
 */
export async function indexStream(
  file: string,
  stream: string,
  shape: StreamShape,
  samples: readonly Sample[],
): Promise<StreamIndex> {
  const rows = checkHeader(readHeader(file), shape, samples.length);
  const lengths = (await readTensor(file, lengthsTensor)).data as Int32Array;
  const problems = samples.flatMap((sample, row) => {
    const length = lengths[row] as number;
    const lacks = sample.missing?.includes(stream) ?? false;
    const fits = lacks ? length === 0 : length >= 1 && length <= shape.maximumLength;
    if (fits) return [];
    const expected = lacks ? '0 steps, since the sample lacks this stream' : `1 to ${shape.maximumLength} steps`;
    return [invalid(`${file}: ${lengthsTensor}[${row}] (sample "${sample.id}")`, expected, `${length} steps`)];
  });
  throwFirst(problems);
  const starts = new Float64Array(lengths.length + 1);
  lengths.forEach((length, row) => {
    starts[row + 1] = (starts[row] as number) + length;
  });
  const sum = starts[lengths.length] as number;
  if (sum !== rows)
    throw invalid(`${file}: ${valuesTensor}`, `${sum} rows, the sum of ${lengthsTensor}`, `${rows} rows`);
  return { file, width: shape.width, lengths, starts };
}

/** Checks shapes and types; returns the number of rows. */
function checkHeader(header: SafetensorsHeader, { width }: StreamShape, count: number): number {
  const values = findTensor(header, valuesTensor);
  const lengths = findTensor(header, lengthsTensor);
  const [rows = 0, found] = values.shape;
  if (values.shape.length !== 2 || found !== width || !['F16', 'F32'].includes(values.type)) {
    throw invalid(
      `${header.file}: ${valuesTensor}`,
      `[rows, ${width}] of F16 or F32, as dataset.json declares this stream`,
      `[${values.shape.join(', ')}] of ${values.type}`,
    );
  }
  if (lengths.shape.length !== 1 || lengths.shape[0] !== count || lengths.type !== 'I32') {
    throw invalid(
      `${header.file}: ${lengthsTensor}`,
      `[${count}] of I32, one for each sample`,
      `[${lengths.shape.join(', ')}] of ${lengths.type}`,
    );
  }
  return rows;
}

export interface ReadOptions {
  /** Hands out values that are not finite, too. */
  readonly unchecked?: boolean;
}

/** An open stream. Close it when done. */
export class StreamReader {
  private constructor(
    private readonly index: StreamIndex,
    private readonly samples: readonly { readonly id: string }[],
    private readonly file: SafetensorsFile,
    private readonly isChecked: boolean,
  ) {}

  static async open(
    index: StreamIndex,
    samples: readonly { readonly id: string }[],
    { unchecked = false }: ReadOptions = {},
  ): Promise<StreamReader> {
    return new StreamReader(index, samples, await SafetensorsFile.open(index.file), !unchecked);
  }

  /**
   * The steps of the samples at these positions, in this order; asked for all at once.
   *
   * @throws DATASET_INVALID for a position outside the split; DATASET_NOT_FINITE
   */
  async read(positions: readonly number[]): Promise<RaggedRows> {
    const lengths = positions.map((position) => this.lengthOf(position));
    const values = new Float32Array(lengths.reduce((sum, length) => sum + length, 0) * this.index.width);
    let filled = 0;
    const parts = neighbours(positions).map(({ first, count }) => {
      const begin = filled;
      filled += this.rowsOf(first, count) * this.index.width;
      return this.readNeighbours(values.subarray(begin, filled), first, count);
    });
    // Whoever closes the file after an error must find nothing under way.
    await Promise.allSettled(parts);
    await Promise.all(parts);
    return { values, lengths };
  }

  async close(): Promise<void> {
    await this.file.close();
  }

  private lengthOf(position: number): number {
    const length = this.index.lengths[position];
    if (length !== undefined) return length;
    throw invalid(this.index.file, `a position within 0 to ${this.index.lengths.length - 1}`, String(position));
  }

  private rowsOf(first: number, count: number): number {
    return (this.index.starts[first + count] as number) - (this.index.starts[first] as number);
  }

  private async readNeighbours(values: Float32Array, first: number, count: number): Promise<void> {
    const { file, width, starts } = this.index;
    const firstRow = starts[first] as number;
    await this.file.rowsInto(values, valuesTensor, firstRow, this.rowsOf(first, count));
    const at = this.isChecked ? firstNotFinite(values) : -1;
    if (at === -1) return;
    const row = firstRow + Math.floor(at / width);
    let position = first;
    while ((starts[position + 1] as number) <= row) position += 1;
    throw new InterfuseError('DATASET_NOT_FINITE', {
      place: `${file}: sample "${this.samples[position]?.id}", step ${row - (starts[position] as number)}, feature ${at % width}`,
      expected: 'a finite number',
      got: String(values[at]),
    });
  }
}

/** Runs of positions that follow each other, so that they are read in one go. */
function neighbours(positions: readonly number[]): { first: number; count: number }[] {
  const runs: { first: number; count: number }[] = [];
  for (const position of positions) {
    const last = runs.at(-1);
    if (last && position === last.first + last.count) last.count += 1;
    else runs.push({ first: position, count: 1 });
  }
  return runs;
}
