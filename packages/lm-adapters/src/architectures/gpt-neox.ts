/**
 * GPT-NeoX, and the Pythia models: layer norms, rotary positions on a part of each head, and feed-forwards that stand
 * beside the attention or after it.
 *
 *     parallel: block(x) = x + attention(norm(x)) + feedForward(norm(x)), each with a norm of its own
 *     in turn:  h = x + attention(norm(x)),  block(x) = h + feedForward(norm(h))
 *
 * Black et al. 2022, "GPT-NeoX-20B" (arXiv 2204.06745), and Biderman et al. 2023, "Pythia" (arXiv 2304.01373). The layout
 * of weights and config is that of Hugging Face's GPTNeoXForCausalLM.
 */
import type { LanguageModel, LanguageModelConfig, LinearLeaves, Tensors } from '@interfuse/core';
import {
  type Activation,
  dropout,
  embed,
  feedForward,
  layerNorm,
  linear,
  mergeHeads,
  readPrefix,
  splitHeads,
} from '@interfuse/nn';
import * as tf from '@tensorflow/tfjs';
import { attendFrame, type Heads } from '../attention.js';
import { assertFits, blockAt } from '../bounds.js';
import { type Affine, layerNormLeaves, linearLeaves, tableLeaves, type Weight } from '../declare.js';
import { activation, flag, invalidField, type ModelConfig, number, wholeNumber } from '../model-config.js';
import { type Rotary, rotate, rotation } from '../rotary.js';
import { readRotary } from '../rotary-config.js';
import type { DeclareLeaf } from '../weights.js';

type GptNeoxBlock = {
  readonly attentionNorm: Affine;
  /** Query, key and value of one head after another: [3 width, width]. */
  readonly attention: { readonly queryKeyValue: LinearLeaves; readonly output: LinearLeaves };
  readonly feedForwardNorm: Affine;
  readonly feedForward: { readonly up: LinearLeaves; readonly down: LinearLeaves };
};

type GptNeoxLeaves = {
  readonly embedding: Weight;
  readonly blocks: readonly GptNeoxBlock[];
  readonly norm: Affine;
  /** Absent where the embedding serves as the head (tied). */
  readonly head?: Weight;
};

interface Dimensions extends LanguageModelConfig {
  readonly inner: number;
  readonly activation: Activation;
  readonly rotary: Rotary;
  readonly residual: 'parallel' | 'in turn';
  readonly attentionBias: boolean;
  readonly tied: boolean;
  /** Rates, in training only: on attention probabilities; after the embeddings and on what joins the residual stream. */
  readonly dropout: { readonly attention: number; readonly hidden: number };
}

/** @throws LANGUAGE_MODEL_INVALID for a variant that is not computed here */
export function buildGptNeox(config: ModelConfig, declare: DeclareLeaf): LanguageModel<GptNeoxLeaves> {
  const dimensions = readDimensions(config);
  const parameters = declareLeaves(dimensions, declare);
  const { heads, rotary, residual, activation, dropout: rates } = dimensions;
  const { epsilon } = dimensions.norm;

  /** Query and key, turned, and value of every head: [B, H, T, D/H] each. */
  function project(params: Tensors<GptNeoxBlock['attention']>, x: tf.Tensor, positions: tf.Tensor): Heads {
    const packed = splitHeads(linear(params.queryKeyValue, x), heads); // [B, H, T, 3 D/H]
    const [query, key, value] = tf.split(packed, 3, 3) as [tf.Tensor, tf.Tensor, tf.Tensor];
    const turn = rotation(positions, rotary);
    return { query: rotate(query, turn), key: rotate(key, turn), value };
  }

  const model: LanguageModel<GptNeoxLeaves> = {
    config: dimensions,
    parameters,
    embed: (params, tokens) => embed(params.embedding, tokens),
    begin(_, hidden, frame) {
      assertFits(dimensions, frame);
      return dropout(hidden, rates.hidden, frame.pass);
    },
    block(params, index, hidden, frame, before) {
      const block = blockAt(params.blocks, index);
      const projected = (x: tf.Tensor, positions: tf.Tensor): Heads =>
        project(block.attention, layerNorm(block.attentionNorm, x, epsilon), positions);
      const own = projected(hidden, frame.positions);
      const earlier = before && { ...projected(before.hidden, before.positions), positions: before.positions };
      const { values, probabilities } = attendFrame(own, earlier, frame, { dropout: rates.attention });
      const attended = dropout(linear(block.attention.output, mergeHeads(values)), rates.hidden, frame.pass);
      const middle = tf.add(hidden, attended);
      const read = layerNorm(block.feedForwardNorm, residual === 'parallel' ? hidden : middle, epsilon);
      const forwarded = feedForward(block.feedForward, read, activation);
      return { hidden: tf.add(middle, dropout(forwarded, rates.hidden, frame.pass)), probabilities };
    },
    prefix: (params, text, depth, pass) => readPrefix(model, params, text, depth, pass),
    norm: (params, hidden) => layerNorm(params.norm, hidden, epsilon),
    logits: (params, hidden) => linear(params.head ?? params.embedding, hidden),
    feedForward(index) {
      const block = blockAt(parameters.blocks, index);
      return { kind: 'plain', activation, parameters: block.feedForward, norm: block.feedForwardNorm };
    },
  };
  return model;
}

function readDimensions(config: ModelConfig): Dimensions {
  const width = wholeNumber(config, 'hidden_size');
  const heads = wholeNumber(config, 'num_attention_heads');
  if (width % heads !== 0) throw invalidField(config, 'num_attention_heads', `a divisor of ${width}`, heads);
  const rotary = readRotary(config, {
    headWidth: width / heads,
    contextLength: wholeNumber(config, 'max_position_embeddings', 2048),
    baseField: 'rotary_emb_base',
    share: { field: 'rotary_pct', fallback: 0.25 },
  });
  return {
    architecture: 'gpt_neox',
    width,
    layers: wholeNumber(config, 'num_hidden_layers'),
    heads,
    vocabulary: wholeNumber(config, 'vocab_size'),
    norm: { kind: 'layer', epsilon: number(config, 'layer_norm_eps', 1e-5) },
    ...rotary,
    inner: wholeNumber(config, 'intermediate_size'),
    activation: activation(config, 'hidden_act', 'gelu'),
    residual: flag(config, 'use_parallel_residual', true) ? 'parallel' : 'in turn',
    attentionBias: flag(config, 'attention_bias', true),
    tied: flag(config, 'tie_word_embeddings', false),
    dropout: { attention: number(config, 'attention_dropout', 0), hidden: number(config, 'hidden_dropout', 0) },
  };
}

function declareLeaves(dimensions: Dimensions, declare: DeclareLeaf): GptNeoxLeaves {
  const { width, inner, layers, vocabulary, attentionBias } = dimensions;
  const blocks = Array.from({ length: layers }, (_, index): GptNeoxBlock => {
    const layer = `gpt_neox.layers.${index}`;
    return {
      attentionNorm: layerNormLeaves(declare, width, `${layer}.input_layernorm`),
      attention: {
        queryKeyValue: linearLeaves(declare, [3 * width, width], `${layer}.attention.query_key_value`, attentionBias),
        output: linearLeaves(declare, [width, width], `${layer}.attention.dense`, attentionBias),
      },
      feedForwardNorm: layerNormLeaves(declare, width, `${layer}.post_attention_layernorm`),
      feedForward: {
        up: linearLeaves(declare, [inner, width], `${layer}.mlp.dense_h_to_4h`, true),
        down: linearLeaves(declare, [width, inner], `${layer}.mlp.dense_4h_to_h`, true),
      },
    };
  });
  const leaves = {
    embedding: tableLeaves(declare, vocabulary, width, 'gpt_neox.embed_in'),
    blocks,
    norm: layerNormLeaves(declare, width, 'gpt_neox.final_layer_norm'),
  };
  return dimensions.tied ? leaves : { ...leaves, head: tableLeaves(declare, vocabulary, width, 'embed_out') };
}
