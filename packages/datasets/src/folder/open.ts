/** The dataset in a folder: training and tuning get train and valid; the test split asks for a receipt. */
import {
  type Dataset,
  type DatasetSpec,
  InterfuseError,
  type Split,
  type SplitName,
  type TestReceipt,
  wordTimesOfSamples,
} from '@interfuse/core';
import { type Contents, readContents } from './contents.js';
import { digestOf } from './hashes.js';
import { type FolderSplit, folderReaderModule, openReader } from './split-reader.js';
import type { ReadOptions, StreamIndex } from './stream-file.js';

/**
 * Opens a dataset folder. Everything but the values of the streams is read and checked here; values are checked as they
 * are read.
 *
 * @throws FILE_NOT_FOUND, FILE_UNREADABLE, SAFETENSORS_INVALID, SAFETENSORS_TENSOR, DATASET_INVALID, DATASET_EMPTY
 */
export async function openDataset(folder: string): Promise<Dataset> {
  const contents = await readContents(folder);

  async function open(split: 'train' | 'valid'): Promise<Split> {
    if (split !== 'train' && split !== 'valid') throw withoutReceipt(`the split "${split}"`);
    return openSplit(contents, split);
  }

  async function openTest(receipt: TestReceipt): Promise<Split> {
    if (!receipt?.run || !receipt.checkpoint) throw withoutReceipt(JSON.stringify(receipt) ?? 'no receipt');
    return openSplit(contents, 'test');
  }

  return { spec: specOf(contents), open, openTest };
}

function withoutReceipt(got: string): InterfuseError {
  return new InterfuseError('TEST_WITHOUT_RECEIPT', {
    place: 'the test split',
    expected: 'a receipt that names a selected run and the digest of its checkpoint',
    got,
  });
}

/** What is known of a dataset before a number is read. */
export function specOf({ description, splits }: Contents): DatasetSpec {
  const { name, task, hasText, sizes, licence, referenceFigures } = description;
  const streams = Object.entries(description.streams).map(
    ([stream, { width, maximumLength, stepsPerSecond, stepsAre }]) => {
      const pace = stepsAre === 'words' ? 'word' : stepsPerSecond;
      return [stream, { name: stream, width, maximumLength, ...(pace === undefined ? {} : { pace }) }];
    },
  );
  const wordTimes = wordTimesOfSamples(Object.values(splits).flatMap(({ samples }) => samples));
  return {
    name,
    task,
    hasText,
    streams: Object.fromEntries(streams),
    sizes,
    licence,
    digest: digestOf(description),
    ...(wordTimes === undefined ? {} : { wordTimes }),
    ...(referenceFigures === undefined ? {} : { referenceFigures }),
  };
}

/** Opens any split: for this package only. */
export async function openSplit({ splits }: Contents, name: SplitName, options: ReadOptions = {}): Promise<Split> {
  const { samples, streams } = splits[name];
  const data: FolderSplit = { split: name, samples: samples.map(({ id }) => ({ id })), streams, options };
  return {
    ...(await openReader(data)),
    name,
    samples,
    recipe: { module: folderReaderModule, data, bytes: bytesOf(Object.values(streams)) },
  };
}

function bytesOf(streams: readonly StreamIndex[]): number {
  return streams.reduce((sum, { width, starts }) => sum + 4 * width * (starts.at(-1) as number), 0);
}
