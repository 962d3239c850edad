/**
 * Gemma 2: norms before and after attention and feed-forward, embeddings scaled by the root of the width, soft caps on
 * attention scores and logits, and a sliding window in every other block.
 *
 *     h = x + norm(attention(norm(x))),  block(x) = h + norm(feedForward(norm(h)))
 *
 * Gemma Team 2024, "Gemma 2: Improving Open Language Models at a Practical Size" (arXiv 2408.00118). The layout of weights
 * and config is that of Hugging Face's Gemma2ForCausalLM, whose norms multiply by 1 + weight. As there, the scale belongs
 * to the embedding of words: what a strategy adds to the sequence enters as it is.
 */
import type { LanguageModel, LanguageModelConfig, LinearLeaves, Tensors } from '@interfuse/core';
import { type Activation, embed, gatedFeedForward, linear, readPrefix, rmsNorm } from '@interfuse/nn';
import * as tf from '@tensorflow/tfjs';
import { assertFits, blockAt } from '../bounds.js';
import { linearLeaves, tableLeaves, type Weight } from '../declare.js';
import { readHeads } from '../heads-config.js';
import { aboveZero, activation, flag, type ModelConfig, number, onlyValue, wholeNumber } from '../model-config.js';
import type { Rotary } from '../rotary.js';
import { type RotaryAttentionLeaves, rotaryAttention } from '../rotary-attention.js';
import { type DeclareLeaf, zero } from '../weights.js';
import { readWindow, readWindows, type Windows } from '../windows.js';

type Gemma2Block = {
  readonly attentionNorm: Weight;
  readonly attention: RotaryAttentionLeaves;
  readonly afterAttentionNorm: Weight;
  readonly feedForwardNorm: Weight;
  readonly feedForward: { readonly gate: LinearLeaves; readonly up: LinearLeaves; readonly down: LinearLeaves };
  readonly afterFeedForwardNorm: Weight;
};

type Gemma2Leaves = {
  readonly embedding: Weight;
  readonly blocks: readonly Gemma2Block[];
  readonly norm: Weight;
  /** Absent where the embedding serves as the head (tied). */
  readonly head?: Weight;
};

interface Dimensions extends LanguageModelConfig {
  readonly keyHeads: number;
  readonly headWidth: number;
  readonly inner: number;
  readonly activation: Activation;
  readonly rotary: Rotary;
  readonly windows: Windows;
  /** Scores are divided by the root of this. */
  readonly queryScale: number;
  readonly softCaps: { readonly scores: number | undefined; readonly logits: number | undefined };
  readonly attentionBias: boolean;
  readonly tied: boolean;
  /** Rate on attention probabilities, in training only; 0 in published checkpoints. */
  readonly dropout: number;
}

/** @throws LANGUAGE_MODEL_INVALID for a variant that is not computed here */
export function buildGemma2(config: ModelConfig, declare: DeclareLeaf): LanguageModel<Gemma2Leaves> {
  const dimensions = readDimensions(config);
  const parameters = declareLeaves(dimensions, declare);
  const { width, windows, activation, softCaps } = dimensions;
  const { epsilon } = dimensions.norm;
  const attention = {
    ...dimensions,
    epsilon,
    scale: 1 / Math.sqrt(dimensions.queryScale),
    softCap: softCaps.scores,
  };

  const norm = ({ weight }: Tensors<Weight>, x: tf.Tensor): tf.Tensor =>
    rmsNorm({ weight: tf.add(weight, 1) }, x, epsilon);

  const model: LanguageModel<Gemma2Leaves> = {
    config: dimensions,
    parameters,
    embed: (params, tokens) => tf.mul(embed(params.embedding, tokens), Math.sqrt(width)),
    begin(_, hidden, frame) {
      assertFits(dimensions, frame);
      return hidden;
    },
    block(params, index, hidden, frame, before) {
      const block = blockAt(params.blocks, index);
      const earlier = before && { ...before, hidden: norm(block.attentionNorm, before.hidden) };
      const settings = { ...attention, window: windows[index] };
      const attended = rotaryAttention(block.attention, norm(block.attentionNorm, hidden), earlier, frame, settings);
      const middle = tf.add(hidden, norm(block.afterAttentionNorm, attended.values));
      const forwarded = gatedFeedForward(block.feedForward, norm(block.feedForwardNorm, middle), activation);
      return {
        hidden: tf.add(middle, norm(block.afterFeedForwardNorm, forwarded)),
        probabilities: attended.probabilities,
      };
    },
    prefix: (params, text, depth, pass) => readPrefix(model, params, text, depth, pass),
    norm: (params, hidden) => norm(params.norm, hidden),
    logits: (params, hidden) => capped(linear(params.head ?? params.embedding, hidden), softCaps.logits),
    feedForward: (index) => ({ kind: 'gated', activation, parameters: blockAt(parameters.blocks, index).feedForward }),
  };
  return model;
}

/** cap tanh(x / cap). */
function capped(x: tf.Tensor, cap: number | undefined): tf.Tensor {
  return cap === undefined ? x : tf.mul(tf.tanh(tf.div(x, cap)), cap);
}

function readDimensions(config: ModelConfig): Dimensions {
  onlyValue(config, 'use_bidirectional_attention', false, false);
  const width = wholeNumber(config, 'hidden_size');
  const heads = wholeNumber(config, 'num_attention_heads');
  const layers = wholeNumber(config, 'num_hidden_layers');
  const window = readWindow(config, 4096);
  return {
    architecture: 'gemma2',
    width,
    layers,
    heads,
    vocabulary: wholeNumber(config, 'vocab_size'),
    norm: { kind: 'rms', epsilon: number(config, 'rms_norm_eps', 1e-6) },
    ...readHeads(config, { width, heads, contextLength: 8192, keyHeads: 4, headWidth: 256 }),
    inner: wholeNumber(config, 'intermediate_size'),
    activation: activation(config, 'hidden_activation', 'gelu_pytorch_tanh'),
    windows: readWindows(config, layers, window, (index) => index % 2 === 0),
    queryScale: aboveZero(config, 'query_pre_attn_scalar', 256),
    softCaps: {
      scores: readSoftCap(config, 'attn_logit_softcapping', 50),
      logits: readSoftCap(config, 'final_logit_softcapping', 30),
    },
    attentionBias: flag(config, 'attention_bias', false),
    tied: flag(config, 'tie_word_embeddings', true),
    dropout: number(config, 'attention_dropout', 0),
  };
}

/** Undefined where the config has null. */
function readSoftCap(config: ModelConfig, name: string, fallback: number): number | undefined {
  return config.fields[name] === null ? undefined : aboveZero(config, name, fallback);
}

function declareLeaves(dimensions: Dimensions, declare: DeclareLeaf): Gemma2Leaves {
  const { width, inner, layers, vocabulary, heads, keyHeads, headWidth, attentionBias } = dimensions;
  const [queryWidth, keyWidth] = [heads * headWidth, keyHeads * headWidth];
  const norm = (tensor: string): Weight => ({ weight: declare([width], `${tensor}.weight`, { fresh: zero }) });

  const blocks = Array.from({ length: layers }, (_, index): Gemma2Block => {
    const layer = `model.layers.${index}`;
    return {
      attentionNorm: norm(`${layer}.input_layernorm`),
      attention: {
        query: linearLeaves(declare, [queryWidth, width], `${layer}.self_attn.q_proj`, attentionBias),
        key: linearLeaves(declare, [keyWidth, width], `${layer}.self_attn.k_proj`, attentionBias),
        value: linearLeaves(declare, [keyWidth, width], `${layer}.self_attn.v_proj`, attentionBias),
        output: linearLeaves(declare, [width, queryWidth], `${layer}.self_attn.o_proj`, attentionBias),
      },
      afterAttentionNorm: norm(`${layer}.post_attention_layernorm`),
      feedForwardNorm: norm(`${layer}.pre_feedforward_layernorm`),
      feedForward: {
        gate: linearLeaves(declare, [inner, width], `${layer}.mlp.gate_proj`, false),
        up: linearLeaves(declare, [inner, width], `${layer}.mlp.up_proj`, false),
        down: linearLeaves(declare, [width, inner], `${layer}.mlp.down_proj`, false),
      },
      afterFeedForwardNorm: norm(`${layer}.post_feedforward_layernorm`),
    };
  });
  const leaves = {
    embedding: tableLeaves(declare, vocabulary, width, 'model.embed_tokens'),
    blocks,
    norm: norm('model.norm'),
  };
  return dimensions.tied ? leaves : { ...leaves, head: tableLeaves(declare, vocabulary, width, 'lm_head') };
}
