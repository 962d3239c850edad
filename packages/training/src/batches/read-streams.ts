/** The streams of a batch, from reading to padding: data in, data out, so that a thread of its own can do it. */
import type { HostTensors, SplitReader } from '@interfuse/core';
import { bucketLength, quartersFor } from './buckets.js';
import { type Padding, paddedLength } from './padding.js';
import { longestOf, padSequences, readSequences, type StreamRequest } from './stream-batch.js';

export interface StreamsRequest {
  /** Positions of the samples. */
  readonly rows: readonly number[];
  readonly streams: readonly StreamRequest[];
  readonly padding: Padding;
  /** Of its full length, what the longest text takes: with `bucketed` padding, text and streams go by the same share. */
  readonly textShare: number;
}

export interface StreamsRead {
  /** By the paths that steps read. */
  readonly tensors: HostTensors;
  /** Of its full length, what every sequence of the batch is given with `bucketed` padding. */
  readonly quarters: number;
}

/** @throws DATASET_NOT_FINITE, DATASET_INVALID naming the sample; what the reader throws */
export async function readStreams(
  reader: SplitReader,
  { rows, streams, padding, textShare }: StreamsRequest,
): Promise<StreamsRead> {
  const read = await allSettledOrThrow(streams.map((stream) => readSequences(reader, rows, stream)));
  const sequences = streams.map(({ spec }, i) => {
    const values = read[i] as Float32Array[];
    const longest = longestOf(values, spec);
    return { spec, values, longest, full: paddedLength(longest, spec.maximumLength, padding) };
  });
  const quarters = quartersFor([textShare, ...sequences.map(({ longest, full }) => longest / full)]);
  const padded = sequences.map(({ spec, values, full }) =>
    padSequences(values, spec, padding === 'bucketed' ? bucketLength(full, quarters) : full),
  );
  return { tensors: Object.assign({}, ...padded) as HostTensors, quarters };
}

/** What all give. If any fails, the first error in order, once none is under way any more. */
async function allSettledOrThrow<T>(work: readonly Promise<T>[]): Promise<T[]> {
  await Promise.allSettled(work);
  return Promise.all(work);
}
