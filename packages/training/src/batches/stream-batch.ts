/** One stream of some samples: read by position, checked and padded with zeros. */
import { firstNotFinite, type HostTensors, InterfuseError, type SplitReader, type StreamSpec } from '@interfuse/core';

export interface StreamRequest {
  readonly spec: StreamSpec;
  /** Whether the sample is without the stream, row by row: it is not read for those. */
  readonly lacks: readonly boolean[];
  /** Of the samples that give it, row by row. Default: the rows of the batch. */
  readonly givers?: readonly number[];
}

/**
 * The values of each row, [steps x width]; none for samples that lack the stream.
 *
 * @throws DATASET_NOT_FINITE, DATASET_INVALID naming the sample
 */
export async function readSequences(
  reader: SplitReader,
  rows: readonly number[],
  { spec: { name, width, maximumLength }, lacks, givers = rows }: StreamRequest,
): Promise<Float32Array[]> {
  const having = givers.filter((_, i) => !lacks[i]);
  const { values, lengths } = await reader.read(name, having);
  let begin = 0;
  const read = having.map((row, i) => {
    const place = `sample ${reader.samples[row]?.id}, stream ${name}`;
    const length = lengths[i] as number;
    const sequence = values.subarray(begin, begin + length * width);
    begin += length * width;
    if (length > maximumLength || sequence.length !== length * width) {
      throw new InterfuseError('DATASET_INVALID', {
        place,
        expected: `at most ${maximumLength} steps of ${width} values`,
        got: `${length} steps, ${sequence.length} values`,
      });
    }
    const strange = firstNotFinite(sequence);
    if (strange >= 0) {
      throw new InterfuseError('DATASET_NOT_FINITE', {
        place: `${place}, step ${Math.floor(strange / width)}, feature ${strange % width}`,
        expected: 'a finite number',
        got: String(sequence[strange]),
      });
    }
    return sequence;
  });
  return rows.map((_, i) => (lacks[i] ? new Float32Array() : (read.shift() as Float32Array)));
}

export function longestOf(sequences: readonly Float32Array[], { width }: StreamSpec): number {
  return Math.max(0, ...sequences.map((sequence) => sequence.length / width));
}

/** A sample that lacks the stream has `present` false, as has one whose sequence is empty. */
export function padSequences(
  sequences: readonly Float32Array[],
  { name, width }: StreamSpec,
  steps: number,
): HostTensors {
  const batch = sequences.length;
  const values = new Float32Array(batch * steps * width);
  const mask = new Uint8Array(batch * steps);
  sequences.forEach((sequence, i) => {
    values.set(sequence, i * steps * width);
    mask.fill(1, i * steps, i * steps + sequence.length / width);
  });
  const present = Uint8Array.from(sequences, ({ length }) => Number(length > 0));
  return {
    [`streams/${name}/values`]: { shape: [batch, steps, width], type: 'float32', data: values },
    [`streams/${name}/mask`]: { shape: [batch, steps], type: 'bool', data: mask },
    [`streams/${name}/present`]: { shape: [batch], type: 'bool', data: present },
  };
}
