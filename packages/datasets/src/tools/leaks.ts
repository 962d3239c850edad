/** What the splits share and should not: the same recording, the same video or speaker, the same text. */
import type { Split, SplitName } from '@interfuse/core';
import { splitNames } from '../folder/description.js';

export interface Leak {
  /** `stream`: the same values; `group`: the same video or speaker; `text`: the same words, which may be chance. */
  readonly kind: 'stream' | 'group' | 'text';
  /** The stream, where it is one. */
  readonly stream?: string;
  readonly splits: readonly [SplitName, SplitName];
  /** Samples of the second split that are concerned. */
  readonly count: number;
  /** A pair of samples, for looking. */
  readonly example: readonly [string, string];
}

/** `contents` has a hash for each sample of each `split/stream`, empty where it tells nothing. */
export function findLeaks(
  splits: { readonly [K in SplitName]: Split },
  contents: ReadonlyMap<string, readonly string[]>,
): Leak[] {
  const pairs = [
    ['train', 'valid'],
    ['train', 'test'],
    ['valid', 'test'],
  ] as const satisfies readonly (readonly [SplitName, SplitName])[];
  const streams = [...new Set([...contents.keys()].map((key) => key.slice(key.indexOf('/') + 1)))];
  const keysOf = (split: SplitName): readonly (readonly [Leak['kind'], string | undefined, readonly string[]])[] => {
    const { samples } = splits[split];
    return [
      ...streams.map((stream) => ['stream', stream, contents.get(`${split}/${stream}`) ?? []] as const),
      ['group', undefined, samples.map(({ id, group }) => group ?? id)] as const,
      ['text', undefined, samples.map(({ text }) => text?.trim().toLowerCase() ?? '')] as const,
    ];
  };
  const keys = Object.fromEntries(splitNames.map((split) => [split, keysOf(split)]));
  return pairs.flatMap(([one, other]) =>
    (keys[one] ?? []).flatMap(([kind, stream, values], index): Leak[] => {
      const where = new Map(values.map((value, position) => [value, position]));
      const found = (keys[other]?.[index]?.[2] ?? []).flatMap((value, position) => {
        const before = value === '' ? undefined : where.get(value);
        return before === undefined ? [] : [[before, position] as const];
      });
      const [first] = found;
      if (first === undefined) return [];
      const example = [
        splits[one].samples[first[0]]?.id as string,
        splits[other].samples[first[1]]?.id as string,
      ] as const;
      return [
        { kind, ...(stream === undefined ? {} : { stream }), splits: [one, other], count: found.length, example },
      ];
    }),
  );
}
