/** Reads the streams of a split of a dataset folder: all that another thread needs to do so is data. */
import type { OpenReader, SplitName } from '@interfuse/core';
import { invalid } from './problems.js';
import { type ReadOptions, type StreamIndex, StreamReader } from './stream-file.js';

/** A split whose files have been checked. */
export interface FolderSplit {
  readonly split: SplitName;
  readonly samples: readonly { readonly id: string }[];
  readonly streams: { readonly [name: string]: StreamIndex };
  readonly options: ReadOptions;
}

/** For the recipes of splits. */
export const folderReaderModule = import.meta.url;

export const openReader: OpenReader<FolderSplit> = async ({ split, samples, streams, options }) => {
  const readers = new Map<string, StreamReader>();
  for (const [stream, index] of Object.entries(streams)) {
    readers.set(stream, await StreamReader.open(index, samples, options));
  }
  return {
    samples,
    async read(stream, rows) {
      const reader = readers.get(stream);
      if (reader) return reader.read(rows);
      throw invalid(`the split "${split}"`, `one of the streams ${[...readers.keys()].join(', ')}`, `"${stream}"`);
    },
    async close() {
      await Promise.all([...readers.values()].map((reader) => reader.close()));
    },
  };
};
