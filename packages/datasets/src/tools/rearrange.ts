/** Samples of a dataset in other splits, or some of them: a new folder, read and written in chunks. */
import type { RaggedRows, Sample, SplitName } from '@interfuse/core';
import { buildDataset, type FolderBuilder } from '../folder/build.js';
import { type Description, splitNames } from '../folder/description.js';
import { positionsOf, type WholeDataset } from './open-whole.js';

/** A sample by the split that it is in and its position there. */
export interface Place {
  readonly split: SplitName;
  readonly position: number;
}

export type Arrangement = { readonly [K in SplitName]: readonly Place[] };

export interface RearrangeOptions {
  readonly replace?: boolean;
  readonly signal?: AbortSignal;
  readonly progress?: (share: number, doing: string) => void;
}

/** What is said anew about the dataset, and what is left out. */
export interface Changes {
  readonly title: string;
  /** Streams to be kept. Default: all. */
  readonly streams?: readonly string[];
  readonly withoutText?: boolean;
}

/** @throws FILE_NOT_WRITTEN; DATASET_EMPTY if a split has no samples */
export async function rearrange(
  dataset: WholeDataset,
  arrangement: Arrangement,
  folder: string,
  changes: Changes,
  options: RearrangeOptions = {},
): Promise<void> {
  const { replace = false, signal } = options;
  await buildDataset(folder, { replace, ...(signal ? { signal } : {}) }, (builder) =>
    build(builder, dataset, arrangement, changes, options),
  );
}

async function build(
  builder: FolderBuilder,
  { description, splits }: WholeDataset,
  arrangement: Arrangement,
  { title, streams: kept, withoutText = false }: Changes,
  { progress }: RearrangeOptions,
) {
  const { formatVersion: _version, sizes: _sizes, files: _files, referenceFigures: _figures, ...rest } = description;
  const names = Object.keys(description.streams).filter((name) => kept === undefined || kept.includes(name));
  const total = names.length * splitNames.reduce((sum, split) => sum + arrangement[split].length, 0);
  let done = 0;
  for (const split of splitNames) {
    const places = arrangement[split];
    for (const name of names) {
      const { width, maximumLength } = description.streams[name] as Description['streams'][string];
      const chunks = read(name, places, (count) => {
        done += count;
        progress?.(done / total, `${split}/${name}`);
      });
      await builder.stream(split, name, {
        width,
        count: places.length,
        mostRows: places.length * maximumLength,
        chunks,
      });
    }
  }

  async function* read(
    stream: string,
    places: readonly Place[],
    onRead: (count: number) => void,
  ): AsyncGenerator<RaggedRows> {
    for (const chunk of positionsOf(places.length)) {
      // Runs of one split are read together.
      for (let first = 0; first < chunk.length; ) {
        const { split } = places[chunk[first] as number] as Place;
        let end = first;
        while (end < chunk.length && places[chunk[end] as number]?.split === split) end += 1;
        const positions = chunk.slice(first, end).map((index) => (places[index] as Place).position);
        yield await splits[split].read(stream, positions);
        first = end;
      }
      onRead(chunk.length);
    }
  }

  const samplesOf = (split: SplitName) =>
    arrangement[split].map(({ split: from, position }): Sample => {
      const { text, words, missing, ...sample } = splits[from].samples[position] as Sample;
      const lacking = missing?.filter((name) => names.includes(name)) ?? [];
      return {
        ...sample,
        ...(text === undefined || withoutText ? {} : { text, ...(words === undefined ? {} : { words }) }),
        ...(lacking.length === 0 ? {} : { missing: lacking }),
      };
    });
  return {
    authored: {
      ...rest,
      title,
      hasText: description.hasText && !withoutText,
      streams: Object.fromEntries(
        names.map((name) => {
          const { maximumLength: _length, ...stream } = description.streams[name] as Description['streams'][string];
          return [name, stream];
        }),
      ),
    },
    samples: { train: samplesOf('train'), valid: samplesOf('valid'), test: samplesOf('test') },
    maximumLengths: Object.fromEntries(names.map((name) => [name, description.streams[name]?.maximumLength as number])),
  };
}
