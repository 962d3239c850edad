/**
 * The MM Block of DMPF: a cross-attention with a gate for each group, and one feed-forward for words and tokens.
 *
 *     X_g = X~_g + sigmoid(a_g) CrossAttention_g(norm(X~_g), Z_g)      for every group g, the norm being the same
 *     H   = H~ + sigmoid(a) FeedForward(norm(H~)),  H~ = [X_t ; X_1 ; ... ; X_joint]
 */
import type { Inspected, Leaf, Tensors } from '@interfuse/core';
import {
  type BlockFeedForwardLeaves,
  type BlockNormLeaves,
  blockFeedForward,
  blockFeedForwardLeaves,
  blockNorm,
  blockNormLeaves,
  constant,
  type Frames,
} from '@interfuse/nn';
import * as tf from '@tensorflow/tfjs';
import { crossAttention, crossAttentionLeaves } from '../cross-attention.js';
import type { GroupBlock, GroupBlockShape } from '../shared/grouped-fusion.js';
import { countTokens, splitGroups } from '../shared/token-groups.js';

type CrossAttention = ReturnType<typeof crossAttentionLeaves>;

export type DmpfBlockLeaves = {
  readonly attentionGates: Readonly<Record<string, Leaf>>;
  readonly attentionNorm: BlockNormLeaves;
  readonly attention: Readonly<Record<string, CrossAttention>>;
  readonly feedForwardGate: Leaf;
  readonly feedForwardNorm: BlockNormLeaves;
  readonly feedForward: BlockFeedForwardLeaves;
};

function leaves({ width, widths, norm, feedForward, loraRank, gate }: GroupBlockShape): DmpfBlockLeaves {
  const each = <T>(make: (streamWidth: number) => T): Record<string, T> =>
    Object.fromEntries(Object.entries(widths).map(([group, streamWidth]) => [group, make(streamWidth)]));
  return {
    attentionGates: each(() => constant([1], gate)),
    attentionNorm: blockNormLeaves(norm, width),
    attention: each((streamWidth) => crossAttentionLeaves(width, streamWidth)),
    feedForwardGate: constant([1], gate),
    feedForwardNorm: blockNormLeaves(norm, width),
    feedForward: blockFeedForwardLeaves(feedForward, loraRank),
  };
}

export const dmpfBlock: GroupBlock<DmpfBlockLeaves> = {
  leaves,
  apply(params, hidden, encoded, { groups, attention, feedForward }) {
    const tokens = countTokens(groups);
    const length = (hidden.shape[1] as number) - tokens;
    const [text, fusion] = tf.split(hidden, [length, tokens], 1) as [tf.Tensor, tf.Tensor]; // [B, L | n, d]
    const normed = splitGroups(groups, blockNorm(params.attentionNorm, fusion), 1);
    const reads = groups.map(({ name }) => {
      const gate = tf.sigmoid(params.attentionGates[name] as tf.Tensor);
      const read = crossAttention(
        params.attention[name] as Tensors<CrossAttention>,
        normed[name] as tf.Tensor,
        encoded[name] as Frames,
        attention,
      );
      return { name, gate, added: tf.mul(gate, read.values), probabilities: read.probabilities };
    });
    const added = tf.concat(
      reads.map((read) => read.added),
      1,
    ); // [B, n, d]
    const joined = tf.concat([text, tf.add(fusion, added)], 1); // [B, L + n, d]
    const gate = tf.sigmoid(params.feedForwardGate);
    const thought = blockFeedForward(params.feedForward, blockNorm(params.feedForwardNorm, joined), feedForward);

    const inspect = (place: number): Record<string, Inspected> => ({
      [`gates/${place}`]: { values: tf.concat([...reads.map((read) => read.gate), gate], 0), axes: ['gate'] },
      ...Object.fromEntries(
        reads.map(({ name, probabilities }) => [
          `streamAttention/${place}/${name}`,
          { values: probabilities, axes: ['sample', 'head', 'token', 'step'] },
        ]),
      ),
    });
    return { hidden: tf.add(joined, tf.mul(gate, thought)), inspect };
  },
};
