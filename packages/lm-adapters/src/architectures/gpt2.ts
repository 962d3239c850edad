/**
 * GPT-2: a pre-norm decoder with learned positions, layer norms and a tanh-approximated GELU.
 *
 * Radford et al. 2019, "Language Models are Unsupervised Multitask Learners". The layout of weights and config is that
 * of Hugging Face's GPT2LMHeadModel, whose projections lie in the file transposed ("Conv1D": [inputs, outputs]). Its
 * dropout stays active in training even while the weights are frozen, as in PyTorch's train mode.
 */
import type { LanguageModel, LanguageModelConfig, Tensors } from '@interfuse/core';
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
import { type Affine, layerNormLeaves, tableLeaves, type Weight } from '../declare.js';
import { activation, flag, invalidField, type ModelConfig, number, onlyValue, wholeNumber } from '../model-config.js';
import { type DeclareLeaf, zero } from '../weights.js';

type Gpt2Block = {
  readonly attentionNorm: Affine;
  /** Query, key and value in one projection: [3 width, width]. */
  readonly attention: { readonly queryKeyValue: Affine; readonly output: Affine };
  readonly feedForwardNorm: Affine;
  readonly feedForward: { readonly up: Affine; readonly down: Affine };
};

type Gpt2Leaves = {
  readonly embedding: Weight;
  readonly positions: Weight;
  readonly blocks: readonly Gpt2Block[];
  readonly norm: Affine;
  /** Absent where the embedding serves as the head (tied). */
  readonly head?: Weight;
};

interface Dimensions extends LanguageModelConfig {
  readonly inner: number;
  readonly activation: Activation;
  /** Scores of block `index` are multiplied by this. */
  readonly scale: (index: number) => number;
  readonly tied: boolean;
  /** Rates, in training only: after the embeddings, on attention probabilities, on what joins the residual stream. */
  readonly dropout: { readonly embedding: number; readonly attention: number; readonly residual: number };
}

/** @throws LANGUAGE_MODEL_INVALID for a variant that is not computed here, such as attention scaled by layer */
export function buildGpt2(config: ModelConfig, declare: DeclareLeaf): LanguageModel<Gpt2Leaves> {
  const dimensions = readDimensions(config);
  const parameters = declareLeaves(dimensions, declare);
  const { heads, activation, dropout: rates } = dimensions;
  const { epsilon } = dimensions.norm;

  /** Query, key and value of every head, [B, H, T, D/H] each. */
  function project(params: Tensors<Gpt2Block['attention']>, x: tf.Tensor): Heads {
    const packed = linear(params.queryKeyValue, x); // [B, T, 3 D]
    const [query, key, value] = tf.split(packed, 3, 2) as [tf.Tensor, tf.Tensor, tf.Tensor];
    return { query: splitHeads(query, heads), key: splitHeads(key, heads), value: splitHeads(value, heads) };
  }

  const model: LanguageModel<Gpt2Leaves> = {
    config: dimensions,
    parameters,
    embed: (params, tokens) => embed(params.embedding, tokens),
    begin(params, hidden, frame) {
      assertFits(dimensions, frame);
      return dropout(tf.add(hidden, embed(params.positions, frame.positions)), rates.embedding, frame.pass);
    },
    block(params, index, hidden, frame, before) {
      const block = blockAt(params.blocks, index);
      const projected = (x: tf.Tensor): Heads => project(block.attention, layerNorm(block.attentionNorm, x, epsilon));
      const earlier = before && { ...projected(before.hidden), positions: before.positions };
      const settings = { scale: dimensions.scale(index), dropout: rates.attention };
      const { values, probabilities } = attendFrame(projected(hidden), earlier, frame, settings);
      const attended = linear(block.attention.output, mergeHeads(values));
      const middle = tf.add(hidden, dropout(attended, rates.residual, frame.pass));
      const forwarded = feedForward(block.feedForward, layerNorm(block.feedForwardNorm, middle, epsilon), activation);
      return { hidden: tf.add(middle, dropout(forwarded, rates.residual, frame.pass)), probabilities };
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
  onlyValue(config, 'add_cross_attention', false, false);
  const width = wholeNumber(config, 'n_embd');
  const heads = wholeNumber(config, 'n_head');
  if (width % heads !== 0) throw invalidField(config, 'n_head', `a divisor of ${width}`, heads);
  const scale = flag(config, 'scale_attn_weights', true) ? 1 / Math.sqrt(width / heads) : 1;
  const byDepth = flag(config, 'scale_attn_by_inverse_layer_idx', false);
  return {
    architecture: 'gpt2',
    width,
    layers: wholeNumber(config, 'n_layer'),
    heads,
    vocabulary: wholeNumber(config, 'vocab_size'),
    contextLength: wholeNumber(config, 'n_positions', 1024),
    norm: { kind: 'layer', epsilon: number(config, 'layer_norm_epsilon', 1e-5) },
    inner: wholeNumber(config, 'n_inner', 4 * width),
    activation: activation(config, 'activation_function', 'gelu_new'),
    scale: (index) => (byDepth ? scale / (index + 1) : scale),
    tied: flag(config, 'tie_word_embeddings', true),
    dropout: {
      embedding: number(config, 'embd_pdrop', 0.1),
      attention: number(config, 'attn_pdrop', 0.1),
      residual: number(config, 'resid_pdrop', 0.1),
    },
  };
}

function declareLeaves(dimensions: Dimensions, declare: DeclareLeaf): Gpt2Leaves {
  const { width, inner, layers, vocabulary, contextLength } = dimensions;
  const projection = (outputs: number, inputs: number, tensor: string): Affine => ({
    weight: declare([outputs, inputs], `${tensor}.weight`, { transposed: true }),
    bias: declare([outputs], `${tensor}.bias`, { fresh: zero }),
  });

  const blocks = Array.from({ length: layers }, (_, index): Gpt2Block => {
    const layer = `transformer.h.${index}`;
    return {
      attentionNorm: layerNormLeaves(declare, width, `${layer}.ln_1`),
      attention: {
        queryKeyValue: projection(3 * width, width, `${layer}.attn.c_attn`),
        output: projection(width, width, `${layer}.attn.c_proj`),
      },
      feedForwardNorm: layerNormLeaves(declare, width, `${layer}.ln_2`),
      feedForward: {
        up: projection(inner, width, `${layer}.mlp.c_fc`),
        down: projection(width, inner, `${layer}.mlp.c_proj`),
      },
    };
  });
  const leaves = {
    embedding: tableLeaves(declare, vocabulary, width, 'transformer.wte'),
    positions: tableLeaves(declare, contextLength, width, 'transformer.wpe'),
    blocks,
    norm: layerNormLeaves(declare, width, 'transformer.ln_f'),
  };
  return dimensions.tied ? leaves : { ...leaves, head: tableLeaves(declare, vocabulary, width, 'lm_head') };
}
