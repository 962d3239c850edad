/** New splits of a dataset: no group (video, speaker) is in two of them, and labels are spread alike. */
import type { SplitName } from '@interfuse/core';
import { splitNames } from '../folder/description.js';
import { hashBytes } from '../folder/hashes.js';
import { binOf } from './inspect.js';
import type { WholeDataset } from './open-whole.js';
import type { Arrangement, Place } from './rearrange.js';

export interface SplitSettings {
  /** Shares of train, valid and test. */
  readonly shares: readonly [number, number, number];
  readonly seed: number;
  /** `group`: all samples of a group stay together; `sample`: each is on its own. */
  readonly by: 'group' | 'sample';
  /** Spread labels alike. */
  readonly stratify: boolean;
}

interface Unit {
  readonly key: string;
  readonly places: Place[];
  /** Samples by bin of the label. */
  readonly bins: Map<number, number>;
}

/**
 * Deals units out, the largest first and those of a size in an order that the seed gives: each to the split that comes
 * closest to its share by it, of all samples and of each bin. An order by hashes depends on no other unit.
 */
export function drawSplits({ splits, spec }: WholeDataset, settings: SplitSettings): Arrangement {
  const { shares, seed, by, stratify } = settings;
  const units = new Map<string, Unit>();
  for (const split of splitNames) {
    splits[split].samples.forEach(({ id, group, labels }, position) => {
      const key = by === 'group' ? (group ?? id) : id;
      const unit: Unit = units.get(key) ?? { key, places: [], bins: new Map() };
      units.set(key, unit);
      unit.places.push({ split, position });
      const bin = stratify ? binOf(labels.task as number, spec.task) : 0;
      unit.bins.set(bin, (unit.bins.get(bin) ?? 0) + 1);
    });
  }
  const ordered = [...units.values()]
    .map((unit) => ({ unit, order: hashBytes(`${seed}:${unit.key}`) }))
    .sort((a, b) => b.unit.places.length - a.unit.places.length || (a.order < b.order ? -1 : 1));

  const samples = ordered.reduce((count, { unit }) => count + unit.places.length, 0);
  const sum = shares[0] + shares[1] + shares[2];
  const totals = new Map<number, number>();
  for (const { bins } of units.values())
    for (const [bin, count] of bins) totals.set(bin, (totals.get(bin) ?? 0) + count);
  const dealt = splitNames.map((name, index) => ({
    name,
    share: (shares[index] as number) / sum,
    counts: new Map<number, number>(),
    places: [] as Place[],
  }));
  for (const { unit } of ordered) {
    // What the unit adds to chi-square, the squared distances from what each split should have over what it should have.
    const costOf = ({ share, counts, places }: (typeof dealt)[number]) => {
      const added = (has: number, more: number, wanted: number) => (2 * more * (has - wanted) + more ** 2) / wanted;
      let cost = added(places.length, unit.places.length, share * samples);
      for (const [bin, count] of unit.bins) {
        cost += added(counts.get(bin) ?? 0, count, share * (totals.get(bin) as number));
      }
      return cost;
    };
    const target = dealt.reduce((best, split) => (costOf(split) < costOf(best) ? split : best));
    target.places.push(...unit.places);
    for (const [bin, count] of unit.bins) target.counts.set(bin, (target.counts.get(bin) ?? 0) + count);
  }
  const places = (name: SplitName) => inOrder(dealt.find((split) => split.name === name)?.places ?? []);
  return { train: places('train'), valid: places('valid'), test: places('test') };
}

/** As the samples lie on disk. */
export function inOrder(places: readonly Place[]): Place[] {
  return [...places].sort(
    (a, b) => splitNames.indexOf(a.split) - splitNames.indexOf(b.split) || a.position - b.position,
  );
}
