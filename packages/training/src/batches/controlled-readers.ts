/** What reads streams that are constant, or those of other samples, on whatever thread. It loads no tensor library. */
import type { OpenReader, SplitReader, SplitRecipe, StreamSpec } from '@interfuse/core';

/** Reads nothing: there is the same for every sample. */
export function constantReader(
  reader: SplitReader,
  streams: { readonly [name: string]: Pick<StreamSpec, 'width' | 'maximumLength'> },
): SplitReader {
  return {
    samples: reader.samples,
    async read(stream, rows) {
      const { width = 0, maximumLength = 0 } = streams[stream] ?? {};
      return {
        values: new Float32Array(rows.length * maximumLength * width),
        lengths: rows.map(() => maximumLength),
      };
    },
    close: () => reader.close(),
  };
}

/** @param givers for the sample at each position, the position of the one whose streams it gets */
export function shuffledReader(reader: SplitReader, givers: Int32Array): SplitReader {
  return {
    samples: reader.samples,
    read: (stream, rows) =>
      reader.read(
        stream,
        rows.map((row) => givers[row] as number),
      ),
    close: () => reader.close(),
  };
}

export function shuffledRecipe(through: SplitRecipe, givers: Int32Array): SplitRecipe {
  return { module: import.meta.url, data: givers, through, bytes: through.bytes };
}

/** What the recipe of shuffled streams names. */
export const openReader: OpenReader<Int32Array> = async (givers, through) =>
  shuffledReader(through as SplitReader, givers);
