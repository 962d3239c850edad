/** Batches of a split: tokens, streams and labels of any rows, padded on the right. */
import {
  type HostTensor,
  type HostTensors,
  InterfuseError,
  type Split,
  type StreamSpec,
  type Tokenizer,
} from '@interfuse/core';
import { type LabelColumn, labelColumn, labelNames, takeLabels } from './label-column.js';
import type { Padding } from './padding.js';
import { readStreamBatch } from './stream-batch.js';
import { textColumn } from './text-column.js';

export interface BatchSource {
  /** Number of samples. */
  readonly size: number;
  /** The batch of the samples at these positions, by the paths that steps read. */
  batch(rows: readonly number[]): Promise<HostTensors>;
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

  return {
    size: samples.length,
    labels: (name) => labels.get(name) ?? labelColumn(samples, name),
    async batch(rows) {
      const tensors: Record<string, HostTensor> = {
        rows: { shape: [rows.length], type: 'int32', data: Int32Array.from(rows) },
      };
      if (text) Object.assign(tensors, text.take(rows));
      for (const spec of Object.values(streams)) {
        Object.assign(tensors, await readStreamBatch(split, spec, rows, padding));
      }
      for (const [name, column] of labels) Object.assign(tensors, takeLabels(name, column, rows));
      return tensors;
    },
  };
}
