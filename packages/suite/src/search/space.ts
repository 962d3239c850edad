/** The points of a search: values for paths of a config, in a grid or drawn. */
import { InterfuseError, type Search, type SearchValues } from '@interfuse/core';
import { drawKey, hashString, uniformAt } from '@interfuse/nn';
import { isList } from './check-space.js';

/** A value for each path: `training.learningRate`, `fusion.options.depth`. */
export type Point = { readonly [path: string]: unknown };

/**
 * Draws are the same for every strategy: what two have in common is tried with the same values.
 *
 * @param applies whether a path means anything to the strategy
 * @throws CONFIG_WRONG_VALUE if a grid has more points than there may be trials
 */
export function pointsOf({ method, trials, seeds, space }: Search, applies: (path: string) => boolean): Point[] {
  const own = Object.entries(space).filter(([path]) => applies(path));
  if (method !== 'grid') {
    return Array.from({ length: trials }, (_, trial) =>
      Object.fromEntries(own.map(([path, values]) => [path, drawn(values, uniform(seeds[0] as number, path, trial))])),
    );
  }
  const grid = own.reduce<Point[]>(
    (points, [path, values]) =>
      points.flatMap((point) => (values as readonly unknown[]).map((value) => ({ ...point, [path]: value }))),
    [{}],
  );
  if (grid.length <= trials) return grid;
  throw wrong('search.trials', `at least ${grid.length}, the points of the grid`, String(trials));
}

/** Epochs of the rounds: a ninth, a third and all of them, or all at once. */
export function roundsOf(method: Search['method'], epochs: number): number[] {
  if (method !== 'halving') return [epochs];
  return [...new Set([Math.ceil(epochs / 9), Math.ceil(epochs / 3), epochs])];
}

/** Of so many points, how many go on. */
export function kept(points: number): number {
  return Math.ceil(points / 3);
}

/** `learningRate 0.003, depth 2`. */
export function showPoint(point: Point): string {
  const said = Object.entries(point).map(([path, value]) => `${path.replace(/^.*\./, '')} ${JSON.stringify(value)}`);
  return said.length === 0 ? 'nothing to search' : said.join(', ');
}

function uniform(seed: number, path: string, trial: number): number {
  return uniformAt(drawKey(seed, 0, hashString(`search/${path}`)), trial);
}

function drawn(values: SearchValues, share: number): unknown {
  if (isList(values)) return values[Math.floor(share * values.length)];
  const { min, max, log = false, integer = false } = values;
  if (integer && !log) return Math.min(max, Math.floor(min + share * (max - min + 1)));
  const value = log ? Math.exp(Math.log(min) + share * (Math.log(max) - Math.log(min))) : min + share * (max - min);
  // Four digits are as good as sixteen, and people can read them.
  return integer ? Math.round(value) : Number(value.toPrecision(4));
}

function wrong(place: string, expected: string, got: string): InterfuseError {
  return new InterfuseError('CONFIG_WRONG_VALUE', { place, expected, got });
}
