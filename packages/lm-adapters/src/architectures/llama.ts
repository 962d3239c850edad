/**
 * Llama: a pre-norm decoder with grouped-query attention, rotary positions, RMS norms and SwiGLU.
 *
 * Touvron et al. 2023, "LLaMA: Open and Efficient Foundation Language Models" (arXiv 2302.13971) and "Llama 2"
 * (arXiv 2307.09288); grouped queries: Ainslie et al. 2023 (arXiv 2305.13245); SwiGLU: Shazeer 2020 (arXiv 2002.05202).
 * The layout of weights and config is that of Hugging Face's LlamaForCausalLM.
 */
import type { Frame, LanguageModel, LanguageModelConfig, Leaf, SlotsBefore, Tensors } from '@interfuse/core';
import { embed, gatedFeedForward, linear, mergeHeads, readPrefix, rmsNorm, splitHeads } from '@interfuse/nn';
import * as tf from '@tensorflow/tfjs';
import { assertFits, blockAt } from '../bounds.js';
import { attendGrouped } from '../grouped-attention.js';
import { invalidField, type ModelConfig, number, onlyValue, wholeNumber } from '../model-config.js';
import { type Rotation, rotate, rotation } from '../rotary.js';
import { type DeclareLeaf, one } from '../weights.js';

type Weight = { readonly weight: Leaf };

type LlamaBlock = {
  readonly attentionNorm: Weight;
  readonly attention: { readonly query: Weight; readonly key: Weight; readonly value: Weight; readonly output: Weight };
  readonly feedForwardNorm: Weight;
  readonly feedForward: { readonly gate: Weight; readonly up: Weight; readonly down: Weight };
};

type LlamaLeaves = {
  readonly embedding: Weight;
  readonly blocks: readonly LlamaBlock[];
  readonly norm: Weight;
  /** Absent where the embedding serves as the head (tied). */
  readonly head?: Weight;
};

interface Dimensions extends LanguageModelConfig {
  readonly keyHeads: number;
  readonly headWidth: number;
  readonly inner: number;
  readonly theta: number;
  readonly tied: boolean;
  /** Rate on attention probabilities, in training only; 0 in published checkpoints. */
  readonly dropout: number;
}

/** @throws LANGUAGE_MODEL_INVALID for a variant that is not computed here, such as a scaled rotary embedding */
export function buildLlama(config: ModelConfig, declare: DeclareLeaf): LanguageModel<LlamaLeaves> {
  const dimensions = readDimensions(config);
  const parameters = declareLeaves(dimensions, declare);
  const { heads } = dimensions;
  const { epsilon } = dimensions.norm;

  const turn = (positions: tf.Tensor): Rotation => rotation(positions, dimensions.headWidth, dimensions.theta);

  /** Keys, turned, and values of the slots at these positions: [B, K, T, D/H] each. */
  function keysAndValues(params: Tensors<LlamaBlock['attention']>, x: tf.Tensor, positions: tf.Tensor) {
    const key = rotate(splitHeads(linear(params.key, x), dimensions.keyHeads), turn(positions));
    return { key, value: splitHeads(linear(params.value, x), dimensions.keyHeads) };
  }

  /** @param before hidden states normed like x, where there are slots before these */
  function attention(params: Tensors<LlamaBlock['attention']>, x: tf.Tensor, frame: Frame, before?: SlotsBefore) {
    const query = rotate(splitHeads(linear(params.query, x), heads), turn(frame.positions)); // [B, H, T, D/H]
    const own = keysAndValues(params, x, frame.positions);
    const earlier = before && keysAndValues(params, before.hidden, before.positions);
    const key = earlier ? tf.concat([earlier.key, own.key], 2) : own.key; // [B, K, C + T, D/H]
    const value = earlier ? tf.concat([earlier.value, own.value], 2) : own.value;
    const { values, probabilities } = attendGrouped(query, key, value, frame, dimensions.dropout);
    return { values: linear(params.output, mergeHeads(values)), probabilities };
  }

  const model: LanguageModel<LlamaLeaves> = {
    config: dimensions,
    parameters,
    embed: (params, tokens) => embed(params.embedding, tokens),
    begin(_, hidden, frame) {
      assertFits(dimensions, frame);
      return hidden;
    },
    block(params, index, hidden, frame, before) {
      const block = blockAt(params.blocks, index);
      const norm = (x: tf.Tensor): tf.Tensor => rmsNorm(block.attentionNorm, x, epsilon);
      const earlier = before && { ...before, hidden: norm(before.hidden) };
      const attended = attention(block.attention, norm(hidden), frame, earlier);
      const middle = tf.add(hidden, attended.values);
      const forwarded = gatedFeedForward(block.feedForward, rmsNorm(block.feedForwardNorm, middle, epsilon), 'silu');
      return { hidden: tf.add(middle, forwarded), probabilities: attended.probabilities };
    },
    prefix: (params, text, depth, pass) => readPrefix(model, params, text, depth, pass),
    norm: (params, hidden) => rmsNorm(params.norm, hidden, epsilon),
    logits: (params, hidden) => linear(params.head ?? params.embedding, hidden),
    feedForward: (index) => ({
      kind: 'gated',
      activation: 'silu',
      parameters: blockAt(parameters.blocks, index).feedForward,
    }),
  };
  return model;
}

function readDimensions(config: ModelConfig): Dimensions {
  onlyValue(config, 'hidden_act', 'silu', 'silu');
  onlyValue(config, 'attention_bias', false, false);
  onlyValue(config, 'mlp_bias', false, false);
  const width = wholeNumber(config, 'hidden_size');
  const heads = wholeNumber(config, 'num_attention_heads');
  const keyHeads = wholeNumber(config, 'num_key_value_heads', heads);
  if (heads % keyHeads !== 0) throw invalidField(config, 'num_key_value_heads', `a divisor of ${heads}`, keyHeads);
  const headWidth = wholeNumber(config, 'head_dim', width / heads);
  if (headWidth % 2 !== 0) throw invalidField(config, 'head_dim', 'an even number', headWidth);
  return {
    architecture: 'llama',
    width,
    layers: wholeNumber(config, 'num_hidden_layers'),
    heads,
    vocabulary: wholeNumber(config, 'vocab_size'),
    contextLength: wholeNumber(config, 'max_position_embeddings', 2048),
    norm: { kind: 'rms', epsilon: number(config, 'rms_norm_eps', 1e-6) },
    keyHeads,
    headWidth,
    inner: wholeNumber(config, 'intermediate_size'),
    theta: readTheta(config),
    tied: config.fields.tie_word_embeddings === true,
    dropout: number(config, 'attention_dropout', 0),
  };
}

/** The base of the rotary embedding: `rope_theta` itself, or in `rope_parameters` as transformers 5 writes it. */
function readTheta(config: ModelConfig): number {
  for (const field of ['rope_parameters', 'rope_scaling']) {
    const fields = (config.fields[field] ?? {}) as Record<string, unknown>;
    const scaling: ModelConfig = { file: `${config.file}: ${field}`, fields };
    onlyValue(scaling, 'rope_type' in fields ? 'rope_type' : 'type', 'default', 'default');
    onlyValue(scaling, 'partial_rotary_factor', 1, 1);
    if ('rope_theta' in fields) return number(scaling, 'rope_theta');
  }
  return number(config, 'rope_theta', 10_000);
}

function declareLeaves(dimensions: Dimensions, declare: DeclareLeaf): LlamaLeaves {
  const { width, inner, layers, vocabulary } = dimensions;
  const queryWidth = dimensions.heads * dimensions.headWidth;
  const keyWidth = dimensions.keyHeads * dimensions.headWidth;
  const linearWeight = (outputs: number, inputs: number, tensor: string): Weight => ({
    weight: declare([outputs, inputs], `${tensor}.weight`),
  });
  const normWeight = (tensor: string): Weight => ({ weight: declare([width], `${tensor}.weight`, { fresh: one }) });

  const blocks = Array.from({ length: layers }, (_, index): LlamaBlock => {
    const layer = `model.layers.${index}`;
    return {
      attentionNorm: normWeight(`${layer}.input_layernorm`),
      attention: {
        query: linearWeight(queryWidth, width, `${layer}.self_attn.q_proj`),
        key: linearWeight(keyWidth, width, `${layer}.self_attn.k_proj`),
        value: linearWeight(keyWidth, width, `${layer}.self_attn.v_proj`),
        output: linearWeight(width, queryWidth, `${layer}.self_attn.o_proj`),
      },
      feedForwardNorm: normWeight(`${layer}.post_attention_layernorm`),
      feedForward: {
        gate: linearWeight(inner, width, `${layer}.mlp.gate_proj`),
        up: linearWeight(inner, width, `${layer}.mlp.up_proj`),
        down: linearWeight(width, inner, `${layer}.mlp.down_proj`),
      },
    };
  });
  const leaves = {
    embedding: linearWeight(vocabulary, width, 'model.embed_tokens'),
    blocks,
    norm: normWeight('model.norm'),
  };
  return dimensions.tied ? leaves : { ...leaves, head: linearWeight(vocabulary, width, 'lm_head') };
}
