/** Some samples of each split of a dataset, with labels spread as in the whole. */
import type { SplitName } from '@interfuse/core';
import { splitNames } from '../folder/description.js';
import { hashBytes } from '../folder/hashes.js';
import { binOf } from './inspect.js';
import type { WholeDataset } from './open-whole.js';
import type { Arrangement, Place } from './rearrange.js';
import { inOrder } from './split.js';

export interface SubsetSettings {
  /** Samples of each split; those of a split that is not named stay all. */
  readonly sizes: { readonly [K in SplitName]?: number };
  readonly seed: number;
}

/** As many samples of each bin as its share of the size, drawn in an order that the seed gives. */
export function drawSubset({ splits, spec }: WholeDataset, { sizes, seed }: SubsetSettings): Arrangement {
  const draw = (split: SplitName): Place[] => {
    const { samples } = splits[split];
    const size = Math.min(samples.length, sizes[split] ?? samples.length);
    // The position within its bin, between 0 and 1, orders samples so that every beginning is spread like the whole.
    const bins = new Map<number, { position: number; order: string }[]>();
    samples.forEach(({ id, labels }, position) => {
      const bin = binOf(labels.task as number, spec.task);
      const members = bins.get(bin) ?? [];
      members.push({ position, order: hashBytes(`${seed}:${id}`) });
      bins.set(bin, members);
    });
    const ranked = [...bins.values()].flatMap((members) =>
      members
        .sort((a, b) => (a.order < b.order ? -1 : 1))
        .map(({ position, order }, rank) => ({ position, order, rank: (rank + 0.5) / members.length })),
    );
    ranked.sort((a, b) => a.rank - b.rank || (a.order < b.order ? -1 : 1));
    return inOrder(ranked.slice(0, size).map(({ position }) => ({ split, position })));
  };
  const [train, valid, test] = splitNames.map(draw) as [Place[], Place[], Place[]];
  return { train, valid, test };
}
