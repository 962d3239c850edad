/** The masks of the rules by which groups of tokens read. Words read words, causally, and never a token. */
import type { Frame, Pass } from '@interfuse/core';
import { causalMask, keyMask } from '@interfuse/nn';
import * as tf from '@tensorflow/tfjs';
import type { ReadingRule } from './reading-rules.js';
import { countTokens, jointGroup, type TokenGroup } from './token-groups.js';

function readsText(rule: ReadingRule, group: string): boolean {
  return rule !== 'av_attends_only_av_a_v' || group !== jointGroup;
}

/** Whether a group reads another one, which stands before it. */
function readsGroup(rule: ReadingRule, group: string): boolean {
  if (rule === 'allcausal') return true;
  return rule !== 'original' && group === jointGroup;
}

/** [n, n] bool: which token reads which, all groups one after another. Inside of a group tokens read causally. */
export function tokenMask(groups: readonly TokenGroup[], rule: ReadingRule): tf.Tensor {
  const owners = groups.flatMap(({ name, tokens }) => Array.from({ length: tokens }, () => name));
  const rows = owners.map((reader, query) =>
    owners.map((read, key) => key <= query && (read === reader || readsGroup(rule, reader))),
  );
  return tf.tensor2d(rows, [owners.length, owners.length], 'bool');
}

/**
 * The frame of [L text slots | tokens of all groups], at positions 0 to L + n - 1.
 *
 * @param textMask [B, L] bool: which words are real
 */
export function groupFrame(textMask: tf.Tensor, groups: readonly TokenGroup[], rule: ReadingRule, pass: Pass): Frame {
  const [batch, length] = textMask.shape as [number, number];
  const tokens = countTokens(groups);
  const words = groups.flatMap(({ name, tokens: count }) =>
    Array.from({ length: count }, () => Array.from({ length }, () => readsText(rule, name))),
  );
  const fromWords = tf.concat([causalMask(length), tf.zeros([length, tokens], 'bool')], 1); // [L, L + n]
  const fromTokens = tf.concat([tf.tensor2d(words, [tokens, length], 'bool'), tokenMask(groups, rule)], 1); // [n, L + n]
  const real = tf.concat([textMask, tf.ones([batch, tokens], 'bool')], 1); // [B, L + n]
  return {
    positions: tf.range(0, length + tokens, 1, 'int32'),
    allowed: tf.logicalAnd(tf.concat([fromWords, fromTokens], 0), keyMask(real)), // [B, L + n, L + n]
    pass,
  };
}
