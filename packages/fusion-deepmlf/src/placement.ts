/** Where the MM Blocks stand among the blocks of the language model. */
import { InterfuseError } from '@interfuse/core';
import { lastHalf } from '@interfuse/nn';

/**
 * @param layers blocks of the language model
 * @returns the blocks that an MM Block follows, ascending
 * @throws CONFIG_WRONG_VALUE for blocks that do not exist or are out of order, and for a depth beside a list
 */
export function placeBlocks(
  { depth, after }: { readonly depth: number | null; readonly after: readonly number[] | null },
  layers: number,
): number[] {
  const wrong = (option: string, expected: string, got: unknown): InterfuseError =>
    new InterfuseError('CONFIG_WRONG_VALUE', {
      place: `fusion.options.${option}`,
      expected,
      got: JSON.stringify(got),
    });
  if (after === null) {
    if (depth === null) return lastHalf(layers);
    if (depth > layers) throw wrong('depth', `at most the ${layers} blocks of the language model`, depth);
    return Array.from({ length: depth }, (_, index) => layers - depth + index);
  }
  if (depth !== null) throw wrong('depth', 'nothing beside `after`, which says how many and where', depth);
  const ascending = after.every((block, index) => index === 0 || block > (after[index - 1] as number));
  if (!ascending || after.some((block) => block >= layers)) {
    throw wrong('after', `ascending blocks between 0 and ${layers - 1}`, after);
  }
  return [...after];
}
