/**
 * Adaptation without fusion: gated feed-forwards in a frozen language model, where DeepMLF has its MM Blocks and without
 * their cross-attention (arXiv 2504.11082).
 *
 *     H = H~ + sigmoid(a) FeedForward(norm(H~))
 *
 * What these feed-forwards gain, the language model gains from the task, not from audio or vision: a fusion strategy whose
 * blocks contain them is compared fairly with one that has them, too.
 */
import type { LanguageModel, Pass, Tensors } from '@interfuse/core';
import * as tf from '@tensorflow/tfjs';
import { blockActivation, blockFeedForward, blockFeedForwardLeaves } from './block-feed-forward.js';
import { blockNorm, blockNormLeaves } from './block-norm.js';
import { causalFrame } from './frames.js';
import { constant } from './leaves.js';
import { inFork } from './random.js';

/** Rate of dropout on what a plain feed-forward returns; the default of DeepMLF. */
const dropout = 0.1;

/** The blocks that additions follow unless somebody says otherwise: the last half of them. */
export function lastHalf(layers: number): number[] {
  const count = Math.ceil(layers / 2);
  return Array.from({ length: count }, (_, index) => layers - count + index);
}

/** After how many blocks an adapted language model still holds what the frozen one does. */
export function frozenDepth(layers: number): number {
  return (lastHalf(layers)[0] as number) + 1;
}

function adapterLeaves(model: LanguageModel, index: number) {
  const { width, norm } = model.config;
  return {
    gate: constant([1], 0),
    norm: blockNormLeaves(norm.kind, width),
    feedForward: blockFeedForwardLeaves(model.feedForward(index), null),
  };
}

/**
 * The language model with a trained feed-forward after each block of its last half; gates start half open. Whatever walks
 * its blocks is adapted. The text before the first of them may still be memoised (`frozenDepth`).
 */
export function adaptedLanguageModel(model: LanguageModel): LanguageModel {
  const { layers } = model.config;
  const after = lastHalf(layers);
  const alone = frozenDepth(layers);
  const parameters = {
    frozen: model.parameters,
    adapters: after.map((index) => adapterLeaves(model, index)),
  };
  type Parameters = Tensors<typeof parameters>;

  /** [B, T, d] after block `index` -> [B, T, d]. */
  function adapt(params: Parameters, index: number, hidden: tf.Tensor, pass: Pass): tf.Tensor {
    const adapter = params.adapters[after.indexOf(index)];
    if (!adapter) return hidden;
    const thought = blockFeedForward(adapter.feedForward, blockNorm(adapter.norm, hidden), {
      activation: blockActivation(model.feedForward(index)),
      combine: 'product',
      dropout,
      pass: inFork(pass, `adapters/${index}`),
    });
    return tf.add(hidden, tf.mul(tf.sigmoid(adapter.gate), thought));
  }

  const adapted: LanguageModel<typeof parameters> = {
    ...model,
    parameters,
    embed: (params, tokens) => model.embed(params.frozen, tokens),
    begin: (params, hidden, frame) => model.begin(params.frozen, hidden, frame),
    block(params, index, hidden, frame, before) {
      const block = model.block(params.frozen, index, hidden, frame, before);
      return { ...block, hidden: adapt(params, index, block.hidden, frame.pass) };
    },
    prefix(params, text, depth, pass) {
      if (depth < alone) return model.prefix(params.frozen, text, depth, pass);
      const frame = causalFrame(text.mask, pass);
      let x = adapt(params, alone - 1, model.prefix(params.frozen, text, alone, pass), pass);
      for (let index = alone; index < depth; index += 1) x = adapted.block(params, index, x, frame).hidden;
      return x;
    },
    norm: (params, hidden) => model.norm(params.frozen, hidden),
    logits: (params, hidden) => model.logits(params.frozen, hidden),
  };
  return adapted as unknown as LanguageModel;
}
