/**
 * The decoder that Llama, Mistral, Qwen and Phi-3 share: pre-norm blocks of rotary attention and a gated feed-forward,
 * RMS norms throughout.
 *
 *     h = x + attention(norm(x)),  block(x) = h + down(silu(gate(norm(h))) * up(norm(h)))
 *
 * Each architecture says in its own file what its config may hold and where its leaves lie; what is there is computed.
 */
import type { FeedForward, LanguageModel, LanguageModelConfig, LinearLeaves, Tensors } from '@interfuse/core';
import {
  type Activation,
  activate,
  dropout,
  embed,
  gatedFeedForward,
  linear,
  readPrefix,
  rmsNorm,
} from '@interfuse/nn';
import * as tf from '@tensorflow/tfjs';
import { assertFits, blockAt } from './bounds.js';
import { leafRows, linearLeaves, rmsNormLeaves, tableLeaves, type Weight } from './declare.js';
import { type HeadsPreset, readHeads } from './heads-config.js';
import { activation, flag, type ModelConfig, number, wholeNumber } from './model-config.js';
import type { Rotary } from './rotary.js';
import { type RotaryAttentionLeaves, rotaryAttention } from './rotary-attention.js';
import type { DeclareLeaf } from './weights.js';
import type { Windows } from './windows.js';

export type GatedBlock = {
  readonly attentionNorm: Weight;
  readonly attention: RotaryAttentionLeaves;
  readonly feedForwardNorm: Weight;
  readonly feedForward: SeparateFeedForward | JoinedFeedForward;
};

type SeparateFeedForward = Extract<FeedForward, { readonly kind: 'gated' }>['parameters'];

/** Gate and up in one projection, whose rows are first the gate's. */
type JoinedFeedForward = { readonly gateAndUp: LinearLeaves; readonly down: LinearLeaves };

export type GatedDecoderLeaves = {
  readonly embedding: Weight;
  readonly blocks: readonly GatedBlock[];
  readonly norm: Weight;
  /** Absent where the embedding serves as the head (tied). */
  readonly head?: Weight;
};

export interface GatedDimensions extends LanguageModelConfig {
  readonly keyHeads: number;
  readonly headWidth: number;
  readonly inner: number;
  readonly activation: Activation;
  readonly rotary: Rotary;
  readonly windows: Windows;
  readonly tied: boolean;
  /** Rates, in training only: on attention probabilities, and on what joins the residual stream. */
  readonly dropout: { readonly attention: number; readonly residual: number };
}

export function gatedDecoder(
  dimensions: GatedDimensions,
  parameters: GatedDecoderLeaves,
): LanguageModel<GatedDecoderLeaves> {
  const { heads, keyHeads, rotary, windows, activation, dropout: rates } = dimensions;
  const { epsilon } = dimensions.norm;

  const model: LanguageModel<GatedDecoderLeaves> = {
    config: dimensions,
    parameters,
    embed: (params, tokens) => embed(params.embedding, tokens),
    begin(_, hidden, frame) {
      assertFits(dimensions, frame);
      return hidden;
    },
    block(params, index, hidden, frame, before) {
      const block = blockAt(params.blocks, index) as Tensors<GatedBlock>;
      const norm = (x: tf.Tensor): tf.Tensor => rmsNorm(block.attentionNorm, x, epsilon);
      const earlier = before && { ...before, hidden: norm(before.hidden) };
      const attention = { heads, keyHeads, rotary, epsilon, window: windows[index], dropout: rates.attention };
      const attended = rotaryAttention(block.attention, norm(hidden), earlier, frame, attention);
      const middle = tf.add(hidden, dropout(attended.values, rates.residual, frame.pass));
      const forwarded = feedForward(block.feedForward, rmsNorm(block.feedForwardNorm, middle, epsilon), activation);
      return {
        hidden: tf.add(middle, dropout(forwarded, rates.residual, frame.pass)),
        probabilities: attended.probabilities,
      };
    },
    prefix: (params, text, depth, pass) => readPrefix(model, params, text, depth, pass),
    norm: (params, hidden) => rmsNorm(params.norm, hidden, epsilon),
    logits: (params, hidden) => linear(params.head ?? params.embedding, hidden),
    feedForward(index) {
      const block = blockAt(parameters.blocks, index);
      return {
        kind: 'gated',
        activation,
        parameters: separated(block.feedForward),
        norm: block.feedForwardNorm,
      };
    },
  };
  return model;
}

function feedForward(params: Tensors<GatedBlock['feedForward']>, x: tf.Tensor, activation: Activation): tf.Tensor {
  if (!('gateAndUp' in params)) return gatedFeedForward(params, x, activation);
  const [gate, up] = tf.split(linear(params.gateAndUp, x), 2, 2) as [tf.Tensor, tf.Tensor]; // [B, T, inner] each
  return linear(params.down, tf.mul(activate(activation, gate), up));
}

/** The leaves by themselves, where a strategy asks for them: of joined ones, rows. */
function separated(leaves: GatedBlock['feedForward']): SeparateFeedForward {
  if (!('gateAndUp' in leaves)) return leaves;
  const { weight } = leaves.gateAndUp;
  const inner = (weight.shape[0] as number) / 2;
  return {
    gate: { weight: leafRows(weight, 0, inner) },
    up: { weight: leafRows(weight, inner, inner) },
    down: leaves.down,
  };
}

/** What the configs of this form leave to their architecture. */
export interface GatedPreset extends Omit<HeadsPreset, 'width' | 'heads'> {
  /** The norms' where the config does not say. */
  readonly epsilon: number;
  readonly windows: (layers: number) => Windows;
  /** The field with a rate of dropout on what joins the residual stream, if there is one. */
  readonly residualDropout?: string;
}

/** @throws LANGUAGE_MODEL_INVALID that names the field */
export function readGatedDimensions(config: ModelConfig, preset: GatedPreset): GatedDimensions {
  const width = wholeNumber(config, 'hidden_size');
  const heads = wholeNumber(config, 'num_attention_heads');
  const layers = wholeNumber(config, 'num_hidden_layers');
  return {
    architecture: String(config.fields.model_type),
    width,
    layers,
    heads,
    vocabulary: wholeNumber(config, 'vocab_size'),
    norm: { kind: 'rms', epsilon: number(config, 'rms_norm_eps', preset.epsilon) },
    ...readHeads(config, { ...preset, width, heads }),
    inner: wholeNumber(config, 'intermediate_size'),
    activation: activation(config, 'hidden_act', 'silu'),
    windows: preset.windows(layers),
    tied: flag(config, 'tie_word_embeddings', false),
    dropout: {
      attention: number(config, 'attention_dropout', 0),
      residual: preset.residualDropout === undefined ? 0 : number(config, preset.residualDropout, 0),
    },
  };
}

/** Which layers have a bias, whether queries and keys have norms, and whether projections are joined. */
export interface GatedLayers {
  /** Of queries, keys and values, and of what leaves the attention. */
  readonly biases?: { readonly attention: boolean; readonly output: boolean; readonly feedForward: boolean };
  readonly headNorms?: boolean;
  /** Query, key and value are one tensor without a bias, gate and up another. */
  readonly joined?: boolean;
}

/** The leaves, by the names that transformers gives their tensors in all models of this form. */
export function declareGatedDecoder(
  { width, layers, heads, keyHeads, headWidth, inner, vocabulary, tied }: GatedDimensions,
  declare: DeclareLeaf,
  {
    biases = { attention: false, output: false, feedForward: false },
    headNorms = false,
    joined = false,
  }: GatedLayers = {},
): GatedDecoderLeaves {
  const [queryWidth, keyWidth] = [heads * headWidth, keyHeads * headWidth];
  const [toAttention, toInner] = [biases.attention, biases.feedForward];
  const blocks = Array.from({ length: layers }, (_, index): GatedBlock => {
    const [attention, feedForward] = [`model.layers.${index}.self_attn`, `model.layers.${index}.mlp`];
    const projections = joined
      ? { queryKeyValue: linearLeaves(declare, [queryWidth + 2 * keyWidth, width], `${attention}.qkv_proj`, false) }
      : {
          query: linearLeaves(declare, [queryWidth, width], `${attention}.q_proj`, toAttention),
          key: linearLeaves(declare, [keyWidth, width], `${attention}.k_proj`, toAttention),
          value: linearLeaves(declare, [keyWidth, width], `${attention}.v_proj`, toAttention),
        };
    const intoFeedForward = joined
      ? { gateAndUp: linearLeaves(declare, [2 * inner, width], `${feedForward}.gate_up_proj`, false) }
      : {
          gate: linearLeaves(declare, [inner, width], `${feedForward}.gate_proj`, toInner),
          up: linearLeaves(declare, [inner, width], `${feedForward}.up_proj`, toInner),
        };
    return {
      attentionNorm: rmsNormLeaves(declare, width, `model.layers.${index}.input_layernorm`),
      attention: {
        ...projections,
        output: linearLeaves(declare, [width, queryWidth], `${attention}.o_proj`, biases.output),
        ...(headNorms && {
          queryNorm: rmsNormLeaves(declare, headWidth, `${attention}.q_norm`),
          keyNorm: rmsNormLeaves(declare, headWidth, `${attention}.k_norm`),
        }),
      },
      feedForwardNorm: rmsNormLeaves(declare, width, `model.layers.${index}.post_attention_layernorm`),
      feedForward: {
        ...intoFeedForward,
        down: linearLeaves(declare, [width, inner], `${feedForward}.down_proj`, biases.feedForward),
      },
    };
  });
  const leaves = {
    embedding: tableLeaves(declare, vocabulary, width, 'model.embed_tokens'),
    blocks,
    norm: rmsNormLeaves(declare, width, 'model.norm'),
  };
  return tied ? leaves : { ...leaves, head: tableLeaves(declare, vocabulary, width, 'lm_head') };
}
