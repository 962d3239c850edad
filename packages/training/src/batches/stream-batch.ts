/** One stream of some samples: read by position, checked and padded with zeros. */
import { firstNotFinite, type HostTensors, InterfuseError, type Split, type StreamSpec } from '@interfuse/core';
import { type Padding, paddedLength } from './padding.js';

/**
 * A sample that lacks the stream has `present` false, as has one whose sequence is empty.
 *
 * @param lacks samples that are without the stream; it is not read for them
 * @throws DATASET_NOT_FINITE, DATASET_INVALID naming the sample
 */
export async function readStreamBatch(
  split: Split,
  spec: StreamSpec,
  rows: readonly number[],
  padding: Padding,
  lacks: (row: number) => boolean,
): Promise<HostTensors> {
  const { name, width, maximumLength } = spec;
  const sequences = await readSequences(split, spec, rows, lacks);
  const lengths = sequences.map((sequence) => sequence.length / width);
  const batch = rows.length;
  const steps = paddedLength(Math.max(...lengths), maximumLength, padding);

  const values = new Float32Array(batch * steps * width);
  const mask = new Uint8Array(batch * steps);
  sequences.forEach((sequence, i) => {
    values.set(sequence, i * steps * width);
    mask.fill(1, i * steps, i * steps + (lengths[i] as number));
  });
  const present = Uint8Array.from(lengths, (length) => Number(length > 0));
  return {
    [`streams/${name}/values`]: { shape: [batch, steps, width], type: 'float32', data: values },
    [`streams/${name}/mask`]: { shape: [batch, steps], type: 'bool', data: mask },
    [`streams/${name}/present`]: { shape: [batch], type: 'bool', data: present },
  };
}

/** The values of each row, [steps x width]; none for samples that lack the stream, which are not read. */
async function readSequences(
  split: Split,
  { name, width, maximumLength }: StreamSpec,
  rows: readonly number[],
  lacks: (row: number) => boolean,
): Promise<Float32Array[]> {
  const having = rows.filter((row) => !lacks(row));
  const { values, lengths } = await split.read(name, having);
  let begin = 0;
  const read = having.map((row, i) => {
    const place = `sample ${split.samples[row]?.id}, stream ${name}`;
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
  return rows.map((row) => (lacks(row) ? new Float32Array() : (read.shift() as Float32Array)));
}
