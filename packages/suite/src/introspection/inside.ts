/** What the runs of one strategy do inside, averaged over their seeds: for the report of a comparison. */
import type { MetricColumn } from '@interfuse/core';
import { mean, standardDeviation } from '@interfuse/statistics';
import type { AttentionMap, Introspection, Spread } from './introspection.js';
import { columnMeans, lossOf } from './summary.js';

/** Mean and deviation over seeds; the deviation of one seed is NaN. */
interface OverSeeds {
  readonly mean: number;
  readonly deviation: number;
}

export interface Inside {
  /** Names of the runs. */
  readonly runs: readonly string[];
  /** With the selected weights. */
  readonly gates: readonly { readonly name: string; readonly values: readonly number[] }[];
  readonly attention: readonly {
    readonly name: string;
    readonly axes: readonly [string, string];
    readonly spread?: Spread;
    /** The columns that are read most, from 1, with their mean over rows. */
    readonly mostRead: readonly { readonly column: number; readonly mean: number }[];
  }[];
  /** How much worse the selected figure gets without a modality, and how much predictions change. */
  readonly occlusion: readonly { readonly modality: string; readonly worse: OverSeeds; readonly change: OverSeeds }[];
}

/** Nothing if there is nothing to see. @param found of runs that differ in their seed alone */
export function insideOf(found: readonly Introspection[], selected: MetricColumn): Inside | undefined {
  const [first] = found;
  if (first === undefined || first.gates.length + first.attention.length === 0) return undefined;
  const overSeeds = (values: readonly number[]): OverSeeds => ({
    mean: mean(values),
    deviation: standardDeviation(values),
  });
  return {
    runs: found.map(({ run }) => run),
    gates: first.gates.map(({ name, values }, gate) => ({
      name,
      values: values.map((_, i) => mean(found.map(({ gates }) => gates[gate]?.values[i] ?? Number.NaN))),
    })),
    attention: first.attention.map(({ name, axes }, map) => {
      const maps = found.flatMap(({ attention }) => attention[map] ?? []);
      const spread = meanSpread(maps);
      return { name, axes, ...(spread === undefined ? {} : { spread }), mostRead: mostRead(maps) };
    }),
    occlusion: first.occlusion.map(({ modality }, which) => ({
      modality,
      worse: overSeeds(found.map(({ whole, occlusion }) => lossOf(selected, whole, occlusion[which]?.figures ?? {}))),
      change: overSeeds(found.map(({ occlusion }) => occlusion[which]?.change ?? Number.NaN)),
    })),
  };
}

function meanSpread(maps: readonly AttentionMap[]): Spread | undefined {
  const spreads = maps.flatMap(({ spread }) => spread ?? []);
  if (spreads.length < maps.length || spreads.length === 0) return undefined;
  const of = (part: keyof Spread) => mean(spreads.map((spread) => spread[part]));
  return { effective: of('effective'), available: of('available'), share: of('share') };
}

/** The same samples are shown to every seed, so that columns mean the same. */
function mostRead(maps: readonly AttentionMap[]): Inside['attention'][number]['mostRead'] {
  const bySeed = maps.map((map) => new Map(columnMeans(map)));
  return [...(bySeed[0]?.keys() ?? [])]
    .map((column) => ({ column: column + 1, mean: mean(bySeed.map((means) => means.get(column) ?? Number.NaN)) }))
    .filter((each) => Number.isFinite(each.mean))
    .sort((one, other) => other.mean - one.mean)
    .slice(0, 3);
}
