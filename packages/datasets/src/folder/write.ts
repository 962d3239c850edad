/** Writes a dataset that is in memory to a folder, whole or not at all. */
import type { RaggedRows, Sample, SplitName } from '@interfuse/core';
import { type BuildOptions, buildDataset } from './build.js';
import { type AuthoredDescription, splitNames } from './description.js';
import { invalid } from './problems.js';

export interface SplitToWrite {
  readonly samples: readonly Sample[];
  /** By stream name, in the order of the samples; a sample that lacks the stream has length 0. */
  readonly streams: { readonly [name: string]: RaggedRows };
}

export type SplitsToWrite = { readonly [K in SplitName]: SplitToWrite };

export type WriteOptions = BuildOptions;

/**
 * Writes a dataset folder that `openDataset` accepts. What was at `folder` stays if anything fails.
 *
 * @throws FILE_NOT_WRITTEN; and what is wrong with what was given: DATASET_INVALID, DATASET_NOT_FINITE, DATASET_EMPTY
 */
export async function writeDataset(
  folder: string,
  authored: AuthoredDescription,
  splits: SplitsToWrite,
  options: WriteOptions = {},
): Promise<void> {
  await buildDataset(folder, options, async (builder) => {
    for (const split of splitNames) {
      const { samples, streams } = splits[split];
      for (const [name, { width }] of Object.entries(authored.streams)) {
        const rows = streams[name];
        if (!rows) throw invalid(`the split "${split}"`, `the stream "${name}"`, Object.keys(streams).join(', '));
        if (rows.values.length % width !== 0) {
          throw invalid(`the split "${split}": ${name}`, `a multiple of ${width} values`, `${rows.values.length}`);
        }
        const mostRows = rows.values.length / width;
        await builder.stream(split, name, { width, count: samples.length, mostRows, chunks: [rows] });
      }
    }
    const { train, valid, test } = splits;
    return { authored, samples: { train: train.samples, valid: valid.samples, test: test.samples } };
  });
}
