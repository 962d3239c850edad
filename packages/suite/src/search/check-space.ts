/** Whether a search is one that can be done: paths that it reaches, ranges that are some. Loads no tensor library. */
import { didYouMean, InterfuseError, type Search, type SearchValues } from '@interfuse/core';

const roots = ['training.', 'fusion.options.'] as const;

/** @throws CONFIG_WRONG_VALUE for a path that no search reaches, and for a range that is none */
export function checkSpace({ method, space }: Search): void {
  for (const [path, values] of Object.entries(space)) {
    const place = `search.space.${path}`;
    if (!roots.some((root) => path.startsWith(root) && path.length > root.length)) {
      throw wrong(place, 'a path below training or fusion.options', `"${path}"`);
    }
    if (method === 'halving' && path === 'training.epochs') {
      throw wrong(place, 'anything but the epochs, which halving sets itself', `"${path}"`);
    }
    if (isList(values)) continue;
    if (method === 'grid') throw wrong(place, 'a list of values, for the method is grid', 'a range');
    const { min, max, log = false } = values;
    if (min >= max || (log && min <= 0)) {
      throw wrong(place, log ? 'a range above 0, the lower end first' : 'the lower end first', `${min} to ${max}`);
    }
  }
}

/** @param options of a strategy, by name */
export function appliesTo(path: string, options: readonly string[]): boolean {
  return path.startsWith('training.') || options.includes(path.split('.')[2] as string);
}

/**
 * @param known the options of each strategy
 * @throws CONFIG_UNKNOWN_OPTION for an option that no strategy has
 */
export function requireKnown({ space }: Search, known: readonly (readonly string[])[]): void {
  for (const path of Object.keys(space)) {
    if (known.some((options) => appliesTo(path, options))) continue;
    const all = [...new Set(known.flat())];
    throw new InterfuseError('CONFIG_UNKNOWN_OPTION', {
      place: `search.space.${path}`,
      expected: 'an option of one of the strategies',
      got: `"${path.split('.')[2]}"`,
      remedy: didYouMean(path.split('.')[2] as string, all) ?? `Their options: ${all.join(', ')}.`,
    });
  }
}

export function isList(values: SearchValues): values is readonly unknown[] {
  return Array.isArray(values);
}

function wrong(place: string, expected: string, got: string): InterfuseError {
  return new InterfuseError('CONFIG_WRONG_VALUE', { place, expected, got });
}
