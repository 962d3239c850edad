/** Where the MM Blocks stand among the blocks of the language model, and what each of them has. */
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

/**
 * The start of the gates of every MM Block.
 *
 * @param gate one for all, or a list, of which entries beyond the last MM Block are not used, as in the released program
 * @throws CONFIG_WRONG_VALUE for a list of fewer entries than MM Blocks
 */
export function gatesOf(gate: number | readonly number[], blocks: number): number[] {
  if (typeof gate === 'number') return Array.from({ length: blocks }, () => gate);
  if (gate.length < blocks) {
    throw wrong('gate', `one number, or a list of at least ${blocks}, one for each MM Block`, gate);
  }
  return gate.slice(0, blocks);
}

interface Halves {
  readonly tokens: number;
  readonly queries: 'tokens' | 'text' | 'all';
  readonly crossAttentions: number | null;
  readonly feedForward: 'trained' | 'lora' | 'none';
}

/**
 * How many MM Blocks, counted from the first, have a cross-attention: none where nothing could ask.
 *
 * @throws CONFIG_WRONG_VALUE for more of them than MM Blocks, and for MM Blocks that would have nothing in them
 */
export function countCrossAttentions(
  { tokens, queries, crossAttentions, feedForward }: Halves,
  blocks: number,
): number {
  if (crossAttentions !== null && crossAttentions > blocks) {
    throw wrong('crossAttentions', `at most the ${blocks} MM Blocks`, crossAttentions);
  }
  const count = queries === 'tokens' && tokens === 0 ? 0 : (crossAttentions ?? blocks);
  if (feedForward === 'none' && count < blocks) {
    const expected = `"trained" or "lora", for only ${count} of the ${blocks} MM Blocks have a cross-attention`;
    throw wrong('feedForward', expected, feedForward);
  }
  return count;
}

function wrong(option: string, expected: string, got: unknown): InterfuseError {
  return new InterfuseError('CONFIG_WRONG_VALUE', {
    place: `fusion.options.${option}`,
    expected,
    got: JSON.stringify(got),
  });
}
