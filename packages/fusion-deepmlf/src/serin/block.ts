/**
 * The MM Block of SeRIn (arXiv 2607.12686): every group reads its own encoder, then the groups read each other as far as
 * their mask allows, then words and tokens pass a feed-forward.
 *
 *     X_g = X~_g + IGCA_g(norm(X~_g), Z_g)                              for every group g, the norm being the same
 *     X_f = X_f + IGSA(norm(X_f), mask),  X_f = [X_1 ; ... ; X_joint]   one for all groups
 *     H   = H~ + sigmoid(a) FeedForward(norm(H~)),  H~ = [X_t ; X_f]
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
  inFork,
} from '@interfuse/nn';
import * as tf from '@tensorflow/tfjs';
import type { GroupBlock, GroupBlockShape } from '../shared/grouped-fusion.js';
import { tokenMask } from '../shared/reading-masks.js';
import type { ReadingRule } from '../shared/reading-rules.js';
import { countTokens, splitGroups } from '../shared/token-groups.js';
import { type GatedAttentionLeaves, gatedAttention, gatedAttentionLeaves } from './gated-attention.js';

export type SerinBlockLeaves = {
  readonly attentionNorm: BlockNormLeaves;
  readonly attention: Readonly<Record<string, GatedAttentionLeaves>>;
  readonly amongNorm: BlockNormLeaves;
  readonly among: GatedAttentionLeaves;
  readonly feedForwardGate: Leaf;
  readonly feedForwardNorm: BlockNormLeaves;
  readonly feedForward: BlockFeedForwardLeaves;
};

export interface SerinBlockOptions {
  readonly rule: ReadingRule;
  readonly gateShape: 'feature' | 'head';
  readonly amongWidth: number | null;
}

export function serinBlock({ rule, gateShape, amongWidth }: SerinBlockOptions): GroupBlock<SerinBlockLeaves> {
  function leaves(shape: GroupBlockShape): SerinBlockLeaves {
    const { width, widths, norm, heads, gate } = shape;
    const gated = (keyWidth: number, innerWidth: number): GatedAttentionLeaves =>
      gatedAttentionLeaves({ width, keyWidth, innerWidth, heads, gateShape, gate });
    return {
      attentionNorm: blockNormLeaves(norm, width),
      attention: Object.fromEntries(Object.entries(widths).map(([group, each]) => [group, gated(each, width)])),
      amongNorm: blockNormLeaves(norm, width),
      among: gated(width, amongWidth ?? width),
      feedForwardGate: constant([1], gate),
      feedForwardNorm: blockNormLeaves(norm, width),
      feedForward: blockFeedForwardLeaves(shape.feedForward, shape.loraRank),
    };
  }

  return {
    leaves,
    apply(params, hidden, encoded, { groups, attention, feedForward }) {
      const tokens = countTokens(groups);
      const length = (hidden.shape[1] as number) - tokens;
      const [text, started] = tf.split(hidden, [length, tokens], 1) as [tf.Tensor, tf.Tensor]; // [B, L | n, d]

      const normed = splitGroups(groups, blockNorm(params.attentionNorm, started), 1);
      const reads = groups.map(({ name }) => {
        const { values, mask } = encoded[name] as Frames;
        const allowed = tf.expandDims(tf.expandDims(mask, 1), 1); // [B, 1, 1, T]
        const leavesOfGroup = params.attention[name] as Tensors<GatedAttentionLeaves>;
        return { name, ...gatedAttention(leavesOfGroup, normed[name] as tf.Tensor, values, { ...attention, allowed }) };
      });
      const added = tf.concat(
        reads.map((read) => read.values),
        1,
      ); // [B, n, d]
      const refined = tf.add(started, added);

      const own = blockNorm(params.amongNorm, refined);
      const among = gatedAttention(params.among, own, own, {
        ...attention,
        allowed: tf.expandDims(tf.expandDims(tokenMask(groups, rule), 0), 0), // [1, 1, n, n]
        pass: inFork(attention.pass, 'among'),
      });
      const joined = tf.concat([text, tf.add(refined, among.values)], 1); // [B, L + n, d]

      const gate = tf.sigmoid(params.feedForwardGate);
      const thought = blockFeedForward(params.feedForward, blockNorm(params.feedForwardNorm, joined), feedForward);

      const inspect = (place: number): Record<string, Inspected> => ({
        [`gates/${place}`]: { values: gate, axes: ['gate'] },
        ...Object.fromEntries(
          reads.flatMap(({ name, probabilities, openness }) => [
            [`streamAttention/${place}/${name}`, { values: probabilities, axes: ['sample', 'head', 'token', 'step'] }],
            [`streamGate/${place}/${name}`, { values: openness, axes: ['sample', 'token'] }],
          ]),
        ),
        [`tokenGate/${place}`]: { values: among.openness, axes: ['sample', 'token'] },
        [`tokenAttention/${place}`]: {
          values: among.probabilities,
          axes: ['sample', 'head', 'token', 'token'],
        },
      });
      return { hidden: tf.add(joined, tf.mul(gate, thought)), inspect };
    },
  };
}
