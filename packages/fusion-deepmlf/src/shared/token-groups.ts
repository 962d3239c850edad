/** Groups of fusion tokens: one for each stream, in the order of the dataset, and a last one for all streams together. */
import { type FusionHost, InterfuseError } from '@interfuse/core';
import * as tf from '@tensorflow/tfjs';

/** The name of the last group, where the others have the names of their streams. */
export const jointGroup = 'joint';

export interface TokenGroup {
  readonly name: string;
  /** Number of its tokens. */
  readonly tokens: number;
}

export interface TokenCounts {
  /** Tokens of every stream, or of each by its name. */
  readonly streamTokens: number | { readonly [stream: string]: number };
  readonly jointTokens: number;
}

/**
 * @throws PLUGIN_REQUIREMENT if a stream has the name of the joint group; CONFIG_WRONG_VALUE if counts are given by name and
 *   the names are not those of the streams
 */
export function tokenGroups(
  { encoders }: Pick<FusionHost, 'encoders'>,
  { streamTokens, jointTokens }: TokenCounts,
): TokenGroup[] {
  const streams = Object.keys(encoders);
  if (streams.includes(jointGroup)) {
    throw new InterfuseError('PLUGIN_REQUIREMENT', {
      place: 'data',
      expected: `no stream of the name \`${jointGroup}\`, which is that of the tokens for all streams together`,
      got: streams.join(', '),
      remedy: 'Rename the stream in the dataset.',
    });
  }
  if (typeof streamTokens === 'object' && !hasExactly(streamTokens, streams)) {
    throw new InterfuseError('CONFIG_WRONG_VALUE', {
      place: 'fusion.options.streamTokens',
      expected: `a number, or one for each of the streams ${streams.join(', ')}`,
      got: JSON.stringify(streamTokens),
    });
  }
  const count = (stream: string): number =>
    typeof streamTokens === 'number' ? streamTokens : (streamTokens[stream] as number);
  return [...streams.map((name) => ({ name, tokens: count(name) })), { name: jointGroup, tokens: jointTokens }];
}

function hasExactly(counts: object, names: readonly string[]): boolean {
  return Object.keys(counts).length === names.length && names.every((name) => Object.hasOwn(counts, name));
}

export function countTokens(groups: readonly TokenGroup[]): number {
  return groups.reduce((sum, { tokens }) => sum + tokens, 0);
}

/** Splits along an axis that holds the tokens of all groups, one after another; by the name of the group. */
export function splitGroups(groups: readonly TokenGroup[], tokens: tf.Tensor, axis: number): Record<string, tf.Tensor> {
  const sizes = groups.map((group) => group.tokens);
  const parts = tf.split(tokens, sizes, axis);
  return Object.fromEntries(groups.map(({ name }, index) => [name, parts[index] as tf.Tensor]));
}
