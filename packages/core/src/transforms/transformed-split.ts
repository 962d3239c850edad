/** A split whose streams pass through declared transforms, on whatever thread they are read. */
import type { OpenReader, Split, SplitReader } from '../contracts/dataset.js';
import type { StreamSpec } from '../contracts/encoder.js';
import type { Statistics, StreamTransform } from '../contracts/transforms.js';
import { applyTransforms } from './apply.js';

/** What is done to which stream; it passes from one thread to another. */
export interface SplitTransforms {
  /** As they are before. */
  readonly streams: { readonly [name: string]: StreamSpec };
  readonly lists: ReadonlyMap<string, readonly StreamTransform[]>;
  readonly statistics: Statistics;
}

export function transformSplit(split: Split, transforms: SplitTransforms): Split {
  const { name, samples, recipe } = split;
  return {
    ...transformReader(split, transforms),
    name,
    samples,
    ...(recipe && { recipe: { module: import.meta.url, data: transforms, through: recipe, bytes: recipe.bytes } }),
  };
}

/** What the recipe of a transformed split names. */
export const openReader: OpenReader<SplitTransforms> = async (transforms, through) =>
  transformReader(through as SplitReader, transforms);

function transformReader(reader: SplitReader, { streams, lists, statistics }: SplitTransforms): SplitReader {
  return {
    samples: reader.samples,
    async read(stream, rows) {
      const read = await reader.read(stream, rows);
      const width = streams[stream]?.width ?? 0;
      return applyTransforms(read, { name: stream, width }, lists.get(stream) ?? [], statistics);
    },
    close: () => reader.close(),
  };
}
