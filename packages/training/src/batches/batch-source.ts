/** Batches of a split: tokens, streams and labels of any rows, padded on the right. */
import {
  type HostTensor,
  type HostTensors,
  InterfuseError,
  type Split,
  type StreamSpec,
  type Tokenizer,
} from '@interfuse/core';
import { cutToBucket } from './buckets.js';
import { type LabelColumn, labelColumn, labelNames, takeLabels } from './label-column.js';
import type { Padding } from './padding.js';
import { readStreamBatch } from './stream-batch.js';
import { textColumn } from './text-column.js';
import { textModality, type Withheld } from './withheld.js';

export interface BatchSource {
  /** Number of samples. */
  readonly size: number;
  /** `text`, if batches hold texts, and the streams. */
  readonly modalities: readonly string[];
  /** Those of them that the sample at this position has. */
  present(row: number): readonly string[];
  /**
   * The batch of the samples at these positions, by the paths that steps read. What is withheld is as if the samples
   * lacked it.
   */
  batch(rows: readonly number[], withheld?: Withheld): Promise<HostTensors>;
  /** A label of all samples, in row order. */
  labels(name: string): LabelColumn;
}

export interface BatchSettings {
  readonly split: Split;
  /** Without it batches hold no text. */
  readonly tokenizer?: Tokenizer;
  /** Longest text in tokens: what is longer is truncated. Default: the longest of the split. */
  readonly textLength?: number;
  /** The streams that the run uses, by name. */
  readonly streams: { readonly [name: string]: StreamSpec };
  readonly padding: Padding;
}

/**
 * Texts are tokenised once; streams are read by position, so that memory does not grow with the dataset.
 *
 * @throws DATASET_EMPTY, DATASET_NOT_FINITE; for streams DATASET_NOT_FINITE and DATASET_INVALID when a batch is read
 */
export function createBatchSource({ split, tokenizer, textLength, streams, padding }: BatchSettings): BatchSource {
  const { samples } = split;
  if (samples.length === 0) {
    throw new InterfuseError('DATASET_EMPTY', { place: `split ${split.name}`, expected: 'samples', got: 'none' });
  }
  const text = tokenizer && textColumn(samples, tokenizer, textLength, padding);
  // Every batch of a split has the same labels, so that one program serves them all.
  const labels = new Map(labelNames(samples).map((name) => [name, labelColumn(samples, name)]));

  const modalities = [...(text ? [textModality] : []), ...Object.keys(streams)];
  const has = (row: number, modality: string): boolean =>
    modality === textModality ? text?.has(row) === true : !(samples[row]?.missing?.includes(modality) ?? false);

  return {
    size: samples.length,
    modalities,
    present: (row) => modalities.filter((modality) => has(row, modality)),
    labels: (name) => labels.get(name) ?? labelColumn(samples, name),
    async batch(rows, withheld) {
      const lacks = (row: number, modality: string): boolean =>
        !has(row, modality) || (withheld?.(row, modality) ?? false);
      const tensors: Record<string, HostTensor> = {
        rows: { shape: [rows.length], type: 'int32', data: Int32Array.from(rows) },
      };
      if (text)
        Object.assign(
          tensors,
          text.take(rows, (row) => lacks(row, textModality)),
        );
      // All at once: files are read while a step keeps this thread busy, but only what has been asked for before.
      const read = Object.values(streams).map((spec) =>
        readStreamBatch(split, spec, rows, padding, (row) => lacks(row, spec.name)),
      );
      for (const stream of await allSettledOrThrow(read)) Object.assign(tensors, stream);
      for (const [name, column] of labels) Object.assign(tensors, takeLabels(name, column, rows));
      return padding === 'bucketed' ? cutToBucket(tensors) : tensors;
    },
  };
}

/** What all give. If any fails, the first error in order, once none is under way any more. */
async function allSettledOrThrow<T>(work: readonly Promise<T>[]): Promise<T[]> {
  await Promise.allSettled(work);
  return Promise.all(work);
}
