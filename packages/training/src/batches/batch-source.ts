/** Batches of a split: tokens, streams and labels of any rows, padded on the right. */
import {
  type HostTensor,
  type HostTensors,
  InterfuseError,
  type Split,
  type StreamSpec,
  type Tokenizer,
} from '@interfuse/core';
import { bucketLength, cutSteps, shareTaken } from './buckets.js';
import { type Giver, ownGiver } from './giver.js';
import { type LabelColumn, labelColumn, labelNames, takeLabels } from './label-column.js';
import type { Padding } from './padding.js';
import { openStreamReading } from './stream-reading.js';
import { textColumn } from './text-column.js';
import { textModality, type Withheld } from './withheld.js';
import { wordSpans } from './word-spans.js';

export interface BatchSource {
  /** Number of samples. */
  readonly size: number;
  /** `text`, if batches hold texts, and the streams. */
  readonly modalities: readonly string[];
  /** Those of them that the sample at this position has. */
  present(row: number): readonly string[];
  /**
   * The batch of the samples at these positions, by the paths that steps read. What is withheld is as if the samples
   * lacked it. Another giver swaps modalities: text and each stream come with the mask and the presence that they have in
   * the sample that gives them; labels stay.
   *
   * @throws RangeError where modalities are swapped and batches tell when words are spoken
   */
  batch(rows: readonly number[], withheld?: Withheld, giver?: Giver): Promise<HostTensors>;
  /** A label of all samples, in row order. */
  labels(name: string): LabelColumn;
  /** Ends what reads on a thread of its own; the split stays open. Nothing may be being read. */
  close(): Promise<void>;
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
  /** Whether batches tell when words are spoken: `streams/<name>/spans`, if they hold texts. Default: no. */
  readonly wordTimes?: boolean;
}

/**
 * Texts are tokenised once; streams are read by position, so that memory does not grow with the dataset.
 *
 * @throws DATASET_EMPTY, DATASET_NOT_FINITE; for streams and words DATASET_NOT_FINITE and DATASET_INVALID when a batch is read
 */
export function createBatchSource(settings: BatchSettings): BatchSource {
  const { split, tokenizer, textLength, streams, padding, wordTimes = false } = settings;
  const { samples } = split;
  if (samples.length === 0) {
    throw new InterfuseError('DATASET_EMPTY', { place: `split ${split.name}`, expected: 'samples', got: 'none' });
  }
  const text = tokenizer && textColumn(samples, tokenizer, textLength, padding);
  const spans = tokenizer && wordTimes ? wordSpans(samples, tokenizer, textLength) : undefined;
  // Every batch of a split has the same labels, so that one program serves them all.
  const labels = new Map(labelNames(samples).map((name) => [name, labelColumn(samples, name)]));

  const streamReading = openStreamReading(split);
  const modalities = [...(text ? [textModality] : []), ...Object.keys(streams)];
  const has = (row: number, modality: string): boolean =>
    modality === textModality ? text?.has(row) === true : !(samples[row]?.missing?.includes(modality) ?? false);

  return {
    size: samples.length,
    modalities,
    present: (row) => modalities.filter((modality) => has(row, modality)),
    labels: (name) => labels.get(name) ?? labelColumn(samples, name),
    async batch(rows, withheld, giver = ownGiver) {
      if (spans && giver !== ownGiver)
        throw new RangeError('Words are spoken in the streams of their own sample alone.');
      const lacks = (row: number, modality: string): boolean =>
        !has(giver(row, modality), modality) || (withheld?.(row, modality) ?? false);
      const words = text?.take(rows, (row) => (lacks(row, textModality) ? undefined : giver(row, textModality))) ?? {};
      const mask = words['text/mask'];
      // Asked for before anything else is done: files are read while this thread is busy, with a step above all.
      const reading = streamReading.read({
        rows,
        streams: Object.values(streams).map((spec) => ({
          spec,
          lacks: rows.map((row) => lacks(row, spec.name)),
          ...(giver === ownGiver ? {} : { givers: rows.map((row) => giver(row, spec.name)) }),
        })),
        padding,
        textShare: mask === undefined ? 0 : shareTaken(mask),
      });
      const known = [...labels].map(([name, column]) => takeLabels(name, column, rows));
      const { tensors, quarters } = await reading;
      const texts = padding === 'bucketed' ? cutText(words, quarters) : words;
      const spoken = Object.values(streams).map((spec) => [
        `streams/${spec.name}/spans`,
        spans?.take(rows, spec, texts['text/mask'] as HostTensor, tensors[`streams/${spec.name}/mask`] as HostTensor),
      ]);
      return {
        rows: { shape: [rows.length], type: 'int32', data: Int32Array.from(rows) },
        ...texts,
        ...tensors,
        ...(spans ? (Object.fromEntries(spoken) as HostTensors) : {}),
        ...(Object.assign({}, ...known) as HostTensors),
      };
    },
    close: () => streamReading.close(),
  };
}

function cutText(words: HostTensors, quarters: number): HostTensors {
  const cut = Object.entries(words).map(([path, tensor]) => {
    const length = tensor.shape[1];
    return [path, length === undefined ? tensor : cutSteps(tensor, bucketLength(length, quarters))];
  });
  return Object.fromEntries(cut);
}
