/** A decoder language model small enough for tests: 3 blocks, width 16, 11 tokens, fresh weights, no dropout. */
import { InterfuseError, type LanguageModel, type LanguageModelPlugin } from '@interfuse/core';
import {
  attend,
  embed,
  feedForward,
  feedForwardLeaves,
  layerNorm,
  layerNormLeaves,
  linear,
  mapLeaves,
  mergeHeads,
  normal,
  readPrefix,
  selfAttentionLeaves,
  splitHeads,
} from '@interfuse/nn';
import * as tf from '@tensorflow/tfjs';

const config = {
  architecture: 'tiny',
  width: 16,
  layers: 3,
  heads: 2,
  vocabulary: 11,
  contextLength: 64,
  norm: { kind: 'layer', epsilon: 1e-5 },
} as const;

function tinyLeaves() {
  const { width, layers, vocabulary, contextLength } = config;
  const blocks = Array.from({ length: layers }, () => ({
    attentionNorm: layerNormLeaves(width),
    attention: selfAttentionLeaves(width),
    feedForwardNorm: layerNormLeaves(width),
    feedForward: feedForwardLeaves(width, 2 * width),
  }));
  return {
    embedding: { weight: normal([vocabulary, width], 1) },
    positions: { weight: normal([contextLength, width], 0.2) },
    blocks,
    norm: layerNormLeaves(width),
  };
}

type TinyLeaves = ReturnType<typeof tinyLeaves>;

export type Capability = LanguageModelPlugin['provides'][number];

/**
 * Frozen, pre-norm, learned positions, tied head. Token 0 pads.
 *
 * @param provides what may be called beside `begin` and `norm`; any other call throws PLUGIN_REQUIREMENT. Default: everything
 */
export function tinyLanguageModel(provides?: readonly Capability[]): LanguageModel {
  const parameters = mapLeaves(tinyLeaves(), (leaf) => ({ ...leaf, train: false }));
  const at = <T>(blocks: readonly T[], index: number): T => blocks[index] as T;

  const model: LanguageModel<TinyLeaves> = {
    config,
    parameters,
    embed: (params, tokens) => embed(params.embedding, tokens),
    begin: (params, hidden, frame) => tf.add(hidden, embed(params.positions, frame.positions)),
    block(params, index, hidden, frame, before) {
      const block = at(params.blocks, index);
      const { query, key, value, output } = block.attention;
      const all = before ? tf.concat([before.hidden, hidden], 1) : hidden; // [B, C + T, d]
      const [reading, readable] = [hidden, all].map((x) => layerNorm(block.attentionNorm, x)) as [tf.Tensor, tf.Tensor];
      const attended = attend(
        splitHeads(linear(query, reading), config.heads),
        splitHeads(linear(key, readable), config.heads),
        splitHeads(linear(value, readable), config.heads),
        { allowed: tf.expandDims(frame.allowed, 1) }, // [B | 1, 1, T, C + T]
      );
      const middle = tf.add(hidden, linear(output, mergeHeads(attended.values)));
      const thought = feedForward(block.feedForward, layerNorm(block.feedForwardNorm, middle), 'gelu');
      return { hidden: tf.add(middle, thought), probabilities: attended.probabilities };
    },
    prefix: (params, text, depth, pass) => readPrefix(model, params, text, depth, pass),
    norm: (params, hidden) => layerNorm(params.norm, hidden),
    logits: (params, hidden) => linear(params.embedding, hidden),
    feedForward(index) {
      const block = at(parameters.blocks, index);
      return { kind: 'plain', activation: 'gelu', parameters: block.feedForward, norm: block.feedForwardNorm };
    },
  };
  return provides ? limited(model, provides) : model;
}

/** The same model without what it does not provide. */
function limited(model: LanguageModel<TinyLeaves>, provides: readonly Capability[]): LanguageModel {
  function when<F>(capability: Capability, call: F): F {
    if (provides.includes(capability)) return call;
    const refuse = (): never => {
      throw new InterfuseError('PLUGIN_REQUIREMENT', {
        place: 'the tiny language model',
        expected: `calls of ${provides.join(', ')}`,
        got: `a call of ${capability}`,
      });
    };
    return refuse as F;
  }
  return {
    ...model,
    embed: when('embed', model.embed),
    block: when('blocks', model.block),
    logits: when('logits', model.logits),
    prefix: when('prefix', model.prefix),
    feedForward: when('feedForward', model.feedForward),
  };
}
