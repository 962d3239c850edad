/**
 * Intervals for figures that are no means over items (correlation, F1): groups are resampled once for all strategies and
 * seeds, and seeds within each strategy. A nested bootstrap, which resamples items anew for every seed, takes the items
 * for less noise than they are.
 */
import { mean, variance } from './descriptive.js';
import { Draws } from './draws.js';

export interface BootstrapData {
  readonly strategies: readonly {
    readonly name: string;
    /** By seed: [items x outputs]. */
    readonly predictions: readonly Float32Array[];
  }[];
  /** [items]. */
  readonly labels: Float32Array;
  /** Of every item, from 0. */
  readonly groups: readonly number[];
}

export interface BootstrapSettings {
  /** Default: 1000. */
  readonly replicates?: number;
  /** Of the random numbers. Default: 0. */
  readonly seed?: number;
  /** Default: 0.05. */
  readonly level?: number;
}

export interface BootstrapFigure {
  readonly value: number;
  readonly standardError: number;
  readonly interval: readonly [number, number];
}

export interface BootstrapResult {
  readonly strategies: readonly (BootstrapFigure & { readonly name: string })[];
  /** Of every pair, in the order of the strategies. */
  readonly differences: readonly (BootstrapFigure & { readonly one: string; readonly other: string })[];
}

/** @param figures computes all figures of one prediction; a column that is not a number somewhere has no interval there */
export function crossedBootstrap(
  data: BootstrapData,
  columns: readonly string[],
  figures: (predictions: Float32Array, labels: Float32Array) => Record<string, number>,
  { replicates = 1000, seed = 0, level = 0.05 }: BootstrapSettings = {},
): Record<string, BootstrapResult> {
  const { strategies, groups } = data;
  const members = membersOf(groups);
  const draws = new Draws(seed);
  const observed = measure(data, range(groups.length), columns, figures).map((perSeed) =>
    meanOfSeeds(perSeed, columns),
  );
  const drawn = Array.from({ length: replicates }, () => {
    const items = members.flatMap(() => members[draws.below(members.length)] as number[]);
    return measure(data, items, columns, figures).map((perSeed) => resampleSeeds(perSeed, columns, draws));
  });
  return Object.fromEntries(
    columns.map((column) => {
      const valuesOf = (strategy: number) => drawn.map((replicate) => replicate[strategy]?.[column] as number);
      const whole = strategies.map(({ name }, index) => ({
        name,
        value: observed[index]?.[column] as number,
        ...spreadOf(valuesOf(index), level),
      }));
      const differences = whole.flatMap((one, first) =>
        whole.slice(first + 1).map((other, offset) => {
          const others = valuesOf(first + 1 + offset);
          const replicated = valuesOf(first).map((value, index) => value - (others[index] as number));
          return {
            one: one.name,
            other: other.name,
            value: one.value - other.value,
            ...spreadOf(replicated, level),
          };
        }),
      );
      return [column, { strategies: whole, differences }] as const;
    }),
  );
}

type Figures = Record<string, number>;

/** Figures of these items, by strategy and seed. */
function measure(
  { strategies, labels }: BootstrapData,
  items: readonly number[],
  columns: readonly string[],
  figures: (predictions: Float32Array, labels: Float32Array) => Figures,
): Figures[][] {
  const drawnLabels = Float32Array.from(items, (item) => labels[item] as number);
  return strategies.map(({ predictions }) =>
    predictions.map((own) => {
      const outputs = own.length / labels.length;
      const drawn = new Float32Array(items.length * outputs);
      items.forEach((item, row) => {
        drawn.set(own.subarray(item * outputs, (item + 1) * outputs), row * outputs);
      });
      const all = figures(drawn, drawnLabels);
      return Object.fromEntries(columns.map((column) => [column, all[column] ?? Number.NaN]));
    }),
  );
}

function meanOfSeeds(perSeed: readonly Figures[], columns: readonly string[]): Figures {
  return Object.fromEntries(columns.map((column) => [column, mean(perSeed.map((own) => own[column] as number))]));
}

/** The mean over resampled seeds, spread by sqrt(R / (R - 1)): resampling R seeds alone shows too little of their noise. */
function resampleSeeds(perSeed: readonly Figures[], columns: readonly string[], draws: Draws): Figures {
  const seeds = perSeed.length;
  const drawn = perSeed.map(() => perSeed[draws.below(seeds)] as Figures);
  const spread = seeds > 1 ? Math.sqrt(seeds / (seeds - 1)) : 1;
  const centre = meanOfSeeds(perSeed, columns);
  const resampled = meanOfSeeds(drawn, columns);
  return Object.fromEntries(
    columns.map((column) => {
      const middle = centre[column] as number;
      return [column, middle + spread * ((resampled[column] as number) - middle)];
    }),
  );
}

function membersOf(groups: readonly number[]): number[][] {
  const members: number[][] = Array.from({ length: Math.max(...groups) + 1 }, () => []);
  groups.forEach((group, item) => {
    members[group]?.push(item);
  });
  return members;
}

function spreadOf(values: readonly number[], level: number) {
  return { standardError: Math.sqrt(variance(values)), interval: quantiles(values, level) };
}

function quantiles(values: readonly number[], level: number): [number, number] {
  if (values.some((value) => Number.isNaN(value))) return [Number.NaN, Number.NaN];
  const sorted = [...values].sort((a, b) => a - b);
  return [interpolate(sorted, level / 2), interpolate(sorted, 1 - level / 2)];
}

function interpolate(sorted: readonly number[], share: number): number {
  const position = share * (sorted.length - 1);
  const below = sorted[Math.floor(position)] as number;
  const above = sorted[Math.ceil(position)] as number;
  return below + (position - Math.floor(position)) * (above - below);
}

function range(count: number): number[] {
  return Array.from({ length: count }, (_, index) => index);
}
