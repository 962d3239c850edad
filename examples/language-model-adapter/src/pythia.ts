/**
 * Pythia (Biderman et al. 2023, arXiv 2304.01373), as an adapter of one's own: attention and feed-forward side by side.
 *
 *     block(x) = x + attention(norm1(x)) + feedForward(norm2(x))
 */
import type { LanguageModel, Tensors } from '@interfuse/core';
import {
  assertFits,
  attendFrame,
  blockAt,
  type DeclareLeaf,
  invalidField,
  layerNormLeaves,
  linearLeaves,
  type ModelConfig,
  number,
  onlyValue,
  readRotary,
  rotate,
  rotation,
  tableLeaves,
  wholeNumber,
} from '@interfuse/lm-adapters/adapter';
import { embed, feedForward, layerNorm, linear, mergeHeads, readPrefix, splitHeads } from '@interfuse/nn';
import * as tf from '@tensorflow/tfjs';

function readConfig(config: ModelConfig) {
  onlyValue(config, 'use_parallel_residual', true, true);
  onlyValue(config, 'hidden_act', 'gelu', 'gelu');
  onlyValue(config, 'attention_bias', true, true);
  onlyValue(config, 'tie_word_embeddings', false, false);
  for (const rate of ['attention_dropout', 'hidden_dropout']) onlyValue(config, rate, 0, 0);
  const width = wholeNumber(config, 'hidden_size');
  const heads = wholeNumber(config, 'num_attention_heads');
  if (width % heads !== 0) throw invalidField(config, 'num_attention_heads', `a divisor of ${width}`, heads);
  const { rotary, contextLength } = readRotary(config, {
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
    contextLength,
    norm: { kind: 'layer', epsilon: number(config, 'layer_norm_eps', 1e-5) },
    inner: wholeNumber(config, 'intermediate_size'),
    rotary,
  } as const;
}

function declareLeaves({ width, inner, layers, vocabulary }: ReturnType<typeof readConfig>, declare: DeclareLeaf) {
  const blocks = Array.from({ length: layers }, (_, index) => {
    const layer = `gpt_neox.layers.${index}`;
    return {
      attentionNorm: layerNormLeaves(declare, width, `${layer}.input_layernorm`),
      attention: {
        queryKeyValue: linearLeaves(declare, [3 * width, width], `${layer}.attention.query_key_value`, true),
        output: linearLeaves(declare, [width, width], `${layer}.attention.dense`, true),
      },
      feedForwardNorm: layerNormLeaves(declare, width, `${layer}.post_attention_layernorm`),
      feedForward: {
        up: linearLeaves(declare, [inner, width], `${layer}.mlp.dense_h_to_4h`, true),
        down: linearLeaves(declare, [width, inner], `${layer}.mlp.dense_4h_to_h`, true),
      },
    };
  });
  return {
    embedding: tableLeaves(declare, vocabulary, width, 'gpt_neox.embed_in'),
    blocks,
    norm: layerNormLeaves(declare, width, 'gpt_neox.final_layer_norm'),
    head: tableLeaves(declare, vocabulary, width, 'embed_out'),
  };
}

type Leaves = ReturnType<typeof declareLeaves>;
type Block = Leaves['blocks'][number];

export function buildPythia(config: ModelConfig, declare: DeclareLeaf): LanguageModel<Leaves> {
  const dimensions = readConfig(config);
  const parameters = declareLeaves(dimensions, declare);
  const { heads, rotary, norm } = dimensions;

  function project(block: Tensors<Block>, hidden: tf.Tensor, positions: tf.Tensor) {
    const normed = layerNorm(block.attentionNorm, hidden, norm.epsilon);
    const packed = splitHeads(linear(block.attention.queryKeyValue, normed), heads); // [B, H, T, 3 D/H]
    const [query, key, value] = tf.split(packed, 3, 3) as [tf.Tensor, tf.Tensor, tf.Tensor];
    const turn = rotation(positions, rotary);
    return { query: rotate(query, turn), key: rotate(key, turn), value };
  }

  const model: LanguageModel<Leaves> = {
    config: dimensions,
    parameters,
    embed: (params, tokens) => embed(params.embedding, tokens),
    begin(_, hidden, frame) {
      assertFits(dimensions, frame);
      return hidden;
    },
    block(params, index, hidden, frame, before) {
      const block = blockAt(params.blocks, index);
      const own = project(block, hidden, frame.positions);
      const earlier = before && {
        ...project(block, before.hidden, before.positions),
        positions: before.positions,
      };
      const { values, probabilities } = attendFrame(own, earlier, frame, { dropout: 0 });
      const attended = linear(block.attention.output, mergeHeads(values));
      const forwarded = feedForward(block.feedForward, layerNorm(block.feedForwardNorm, hidden, norm.epsilon), 'gelu');
      return { hidden: tf.addN([hidden, attended, forwarded]), probabilities };
    },
    prefix: (params, text, depth, pass) => readPrefix(model, params, text, depth, pass),
    norm: (params, hidden) => layerNorm(params.norm, hidden, norm.epsilon),
    logits: (params, hidden) => linear(params.head, hidden),
    feedForward: (index) => ({
      kind: 'plain',
      activation: 'gelu',
      parameters: blockAt(parameters.blocks, index).feedForward,
    }),
  };
  return model;
}
