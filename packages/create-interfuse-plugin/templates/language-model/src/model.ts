/**
 * Template name: what a config.json may hold, where the leaves lie in a checkpoint, and the mathematics of a block:
 * h = x + attention(norm(x)), block(x) = h + feedForward(norm(h)). As it stands, this is Llama (arXiv 2302.13971), so
 * that the bundled checkpoint runs; make it the architecture that you need.
 *
 * Letters: B batch, T slots, d width.
 */
import type { LanguageModel, Tensors } from '@interfuse/core';
import {
  activation,
  assertFits,
  blockAt,
  type DeclareLeaf,
  linearLeaves,
  type ModelConfig,
  number,
  onlyValue,
  readHeads,
  rmsNormLeaves,
  rotaryAttention,
  tableLeaves,
  wholeNumber,
} from '@interfuse/lm-adapters/adapter';
import { embed, gatedFeedForward, linear, readPrefix, rmsNorm } from '@interfuse/nn';
import * as tf from '@tensorflow/tfjs';

/** Every field that changes a number is either read or refused by name. */
function readConfig(config: ModelConfig) {
  for (const bias of ['attention_bias', 'mlp_bias']) onlyValue(config, bias, false, false);
  onlyValue(config, 'attention_dropout', 0, 0);
  onlyValue(config, 'tie_word_embeddings', true, false);
  const width = wholeNumber(config, 'hidden_size');
  const heads = wholeNumber(config, 'num_attention_heads');
  return {
    architecture: 'llama',
    width,
    layers: wholeNumber(config, 'num_hidden_layers'),
    heads,
    vocabulary: wholeNumber(config, 'vocab_size'),
    norm: { kind: 'rms', epsilon: number(config, 'rms_norm_eps', 1e-6) },
    ...readHeads(config, { width, heads, contextLength: 2048 }),
    inner: wholeNumber(config, 'intermediate_size'),
    activation: activation(config, 'hidden_act', 'silu'),
  } as const;
}

type Dimensions = ReturnType<typeof readConfig>;

/** Shapes are [outputs, inputs]; names are those of the tensors in the checkpoint, without `.weight`. */
function declareLeaves(
  { width, layers, heads, keyHeads, headWidth, inner, vocabulary }: Dimensions,
  declare: DeclareLeaf,
) {
  const blocks = Array.from({ length: layers }, (_, index) => {
    const layer = `model.layers.${index}`;
    return {
      attentionNorm: rmsNormLeaves(declare, width, `${layer}.input_layernorm`),
      attention: {
        query: linearLeaves(declare, [heads * headWidth, width], `${layer}.self_attn.q_proj`, false),
        key: linearLeaves(declare, [keyHeads * headWidth, width], `${layer}.self_attn.k_proj`, false),
        value: linearLeaves(declare, [keyHeads * headWidth, width], `${layer}.self_attn.v_proj`, false),
        output: linearLeaves(declare, [width, heads * headWidth], `${layer}.self_attn.o_proj`, false),
      },
      feedForwardNorm: rmsNormLeaves(declare, width, `${layer}.post_attention_layernorm`),
      feedForward: {
        gate: linearLeaves(declare, [inner, width], `${layer}.mlp.gate_proj`, false),
        up: linearLeaves(declare, [inner, width], `${layer}.mlp.up_proj`, false),
        down: linearLeaves(declare, [width, inner], `${layer}.mlp.down_proj`, false),
      },
    };
  });
  return {
    embedding: tableLeaves(declare, vocabulary, width, 'model.embed_tokens'),
    blocks,
    norm: rmsNormLeaves(declare, width, 'model.norm'),
  };
}

type Leaves = ReturnType<typeof declareLeaves>;
type Block = Leaves['blocks'][number];

export function buildTemplateName(config: ModelConfig, declare: DeclareLeaf): LanguageModel<Leaves> {
  const dimensions = readConfig(config);
  const parameters = declareLeaves(dimensions, declare);
  const { heads, keyHeads, rotary, activation: kind } = dimensions;
  const { epsilon } = dimensions.norm;

  const model: LanguageModel<Leaves> = {
    config: dimensions,
    parameters,
    embed: (params, tokens) => embed(params.embedding, tokens),
    begin(_, hidden, frame) {
      assertFits(dimensions, frame);
      return hidden;
    },
    block(params, index, hidden, frame, before) {
      const block: Tensors<Block> = blockAt(params.blocks, index);
      const norm = (x: tf.Tensor): tf.Tensor => rmsNorm(block.attentionNorm, x, epsilon);
      const earlier = before && { ...before, hidden: norm(before.hidden) };
      const settings = { heads, keyHeads, rotary, epsilon, dropout: 0 };
      const attended = rotaryAttention(block.attention, norm(hidden), earlier, frame, settings);
      const middle = tf.add(hidden, attended.values); // [B, T, d]
      const forwarded = gatedFeedForward(block.feedForward, rmsNorm(block.feedForwardNorm, middle, epsilon), kind);
      return { hidden: tf.add(middle, forwarded), probabilities: attended.probabilities };
    },
    prefix: (params, text, depth, pass) => readPrefix(model, params, text, depth, pass),
    norm: (params, hidden) => rmsNorm(params.norm, hidden, epsilon),
    logits: (params, hidden) => linear(params.embedding, hidden),
    feedForward: (index) => ({
      kind: 'gated',
      activation: kind,
      parameters: blockAt(parameters.blocks, index).feedForward,
    }),
  };
  return model;
}
