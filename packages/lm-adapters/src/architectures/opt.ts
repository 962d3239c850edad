/**
 * OPT: GPT-3's decoder with learned positions, layer norms and ReLU; the 350M model has its norms after each part, and
 * words narrower than its blocks.
 *
 *     norms before: h = x + attention(norm(x)),  block(x) = h + feedForward(norm(h))
 *     norms after:  h = norm(x + attention(x)),  block(x) = norm(h + feedForward(h)), and none at the end
 *
 * Zhang et al. 2022, "OPT: Open Pre-trained Transformer Language Models" (arXiv 2205.01068). The layout of weights and
 * config is that of Hugging Face's OPTForCausalLM. Its dropout stays active in training even while the weights are
 * frozen, as in PyTorch's train mode.
 */
import type { LanguageModel, LanguageModelConfig, Leaf, LinearLeaves, Tensors } from '@interfuse/core';
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
import { attendFrame } from '../attention.js';
import { assertFits, blockAt } from '../bounds.js';
import { layerNormLeaves, linearLeaves, tableLeaves, type Weight } from '../declare.js';
import { activation, flag, invalidField, type ModelConfig, number, onlyValue, wholeNumber } from '../model-config.js';
import type { DeclareLeaf } from '../weights.js';

/** Empty where the norm has no weight and bias. */
type Norm = { readonly weight?: Leaf; readonly bias?: Leaf };

type OptBlock = {
  readonly attentionNorm: Norm;
  readonly attention: {
    readonly query: LinearLeaves;
    readonly key: LinearLeaves;
    readonly value: LinearLeaves;
    readonly output: LinearLeaves;
  };
  readonly feedForwardNorm: Norm;
  readonly feedForward: { readonly up: LinearLeaves; readonly down: LinearLeaves };
};

type OptLeaves = {
  readonly embedding: Weight;
  /** From words to blocks and back, where the two differ in width. */
  readonly widen?: Weight;
  readonly narrow?: Weight;
  readonly positions: Weight;
  readonly blocks: readonly OptBlock[];
  readonly norm?: Norm;
  /** Absent where the embedding serves as the head (tied). */
  readonly head?: Weight;
};

interface Dimensions extends LanguageModelConfig {
  readonly wordWidth: number;
  readonly inner: number;
  readonly activation: Activation;
  readonly norms: { readonly stand: 'before' | 'after'; readonly last: boolean; readonly affine: boolean };
  readonly bias: boolean;
  readonly tied: boolean;
  /** Rates, in training only: on attention probabilities, and on what joins the residual stream. */
  readonly dropout: { readonly attention: number; readonly residual: number };
}

/** The first rows of the table of positions are never read: a remnant of the padding of fairseq. */
const unreadPositions = 2;

/** Not in the config: PyTorch's own. */
const epsilon = 1e-5;

/** @throws LANGUAGE_MODEL_INVALID for a variant that is not computed here */
export function buildOpt(config: ModelConfig, declare: DeclareLeaf): LanguageModel<OptLeaves> {
  const dimensions = readDimensions(config);
  const parameters = declareLeaves(dimensions, declare);
  const { heads, norms, activation, dropout: rates } = dimensions;
  const [before, after] = norms.stand === 'before' ? [norm, same] : [same, norm];

  const headsOf = (layer: Tensors<LinearLeaves>, x: tf.Tensor): tf.Tensor => splitHeads(linear(layer, x), heads);

  const model: LanguageModel<OptLeaves> = {
    config: dimensions,
    parameters,
    embed(params, tokens) {
      const words = embed(params.embedding, tokens);
      return params.widen ? linear(params.widen, words) : words;
    },
    begin(params, hidden, frame) {
      assertFits(dimensions, frame);
      const rows = tf.add(frame.positions, tf.scalar(unreadPositions, 'int32'));
      return tf.add(hidden, embed(params.positions, rows));
    },
    block(params, index, hidden, frame, slots) {
      const block = blockAt(params.blocks, index);
      const { query, key, value, output } = block.attention;
      const x = before(block.attentionNorm, hidden);
      const past = slots && before(block.attentionNorm, slots.hidden);
      const own = { query: headsOf(query, x), key: headsOf(key, x), value: headsOf(value, x) };
      const earlier = slots &&
        past && { key: headsOf(key, past), value: headsOf(value, past), positions: slots.positions };
      const { values, probabilities } = attendFrame(own, earlier, frame, { dropout: rates.attention });
      const attended = dropout(linear(output, mergeHeads(values)), rates.residual, frame.pass);
      const middle = after(block.attentionNorm, tf.add(hidden, attended));
      const forwarded = feedForward(block.feedForward, before(block.feedForwardNorm, middle), activation);
      const sum = tf.add(middle, dropout(forwarded, rates.residual, frame.pass));
      return { hidden: after(block.feedForwardNorm, sum), probabilities };
    },
    prefix: (params, text, depth, pass) => readPrefix(model, params, text, depth, pass),
    norm: (params, hidden) => (params.norm ? norm(params.norm, hidden) : hidden),
    logits(params, hidden) {
      const words = params.narrow ? linear(params.narrow, hidden) : hidden;
      return linear(params.head ?? params.embedding, words);
    },
    feedForward(index) {
      const block = blockAt(parameters.blocks, index);
      const { weight, bias } = block.feedForwardNorm;
      const isRead = norms.stand === 'before' && weight !== undefined && bias !== undefined;
      return {
        kind: 'plain',
        activation,
        parameters: block.feedForward,
        ...(isRead ? { norm: { weight, bias } } : {}),
      };
    },
  };
  return model;
}

function norm({ weight, bias }: Tensors<Norm>, x: tf.Tensor): tf.Tensor {
  return layerNorm({ weight: weight ?? tf.scalar(1), bias: bias ?? tf.scalar(0) }, x, epsilon);
}

const same = (_: Tensors<Norm>, x: tf.Tensor): tf.Tensor => x;

function readDimensions(config: ModelConfig): Dimensions {
  onlyValue(config, 'layerdrop', 0, 0);
  const width = wholeNumber(config, 'hidden_size');
  const heads = wholeNumber(config, 'num_attention_heads');
  if (width % heads !== 0) throw invalidField(config, 'num_attention_heads', `a divisor of ${width}`, heads);
  const before = flag(config, 'do_layer_norm_before', true);
  return {
    architecture: 'opt',
    width,
    layers: wholeNumber(config, 'num_hidden_layers'),
    heads,
    vocabulary: wholeNumber(config, 'vocab_size'),
    contextLength: wholeNumber(config, 'max_position_embeddings', 2048),
    norm: { kind: 'layer', epsilon },
    wordWidth: wholeNumber(config, 'word_embed_proj_dim', width),
    inner: wholeNumber(config, 'ffn_dim'),
    activation: activation(config, 'activation_function', 'relu'),
    norms: {
      stand: before ? 'before' : 'after',
      last: before && !flag(config, '_remove_final_layer_norm', false),
      affine: flag(config, 'layer_norm_elementwise_affine', true),
    },
    bias: flag(config, 'enable_bias', true),
    tied: flag(config, 'tie_word_embeddings', true),
    dropout: { attention: number(config, 'attention_dropout', 0), residual: number(config, 'dropout', 0.1) },
  };
}

function declareLeaves(dimensions: Dimensions, declare: DeclareLeaf): OptLeaves {
  const { width, wordWidth, inner, layers, vocabulary, contextLength, norms, bias, tied } = dimensions;
  const normLeaves = (tensor: string): Norm => (norms.affine ? layerNormLeaves(declare, width, tensor) : {});

  const blocks = Array.from({ length: layers }, (_, index): OptBlock => {
    const layer = `model.decoder.layers.${index}`;
    return {
      attentionNorm: normLeaves(`${layer}.self_attn_layer_norm`),
      attention: {
        query: linearLeaves(declare, [width, width], `${layer}.self_attn.q_proj`, bias),
        key: linearLeaves(declare, [width, width], `${layer}.self_attn.k_proj`, bias),
        value: linearLeaves(declare, [width, width], `${layer}.self_attn.v_proj`, bias),
        output: linearLeaves(declare, [width, width], `${layer}.self_attn.out_proj`, bias),
      },
      feedForwardNorm: normLeaves(`${layer}.final_layer_norm`),
      feedForward: {
        up: linearLeaves(declare, [inner, width], `${layer}.fc1`, bias),
        down: linearLeaves(declare, [width, inner], `${layer}.fc2`, bias),
      },
    };
  });
  return {
    embedding: tableLeaves(declare, vocabulary, wordWidth, 'model.decoder.embed_tokens'),
    ...(wordWidth !== width && {
      widen: tableLeaves(declare, width, wordWidth, 'model.decoder.project_in'),
      narrow: tableLeaves(declare, wordWidth, width, 'model.decoder.project_out'),
    }),
    positions: tableLeaves(declare, contextLength + unreadPositions, width, 'model.decoder.embed_positions'),
    blocks,
    ...(norms.last && { norm: normLeaves('model.decoder.final_layer_norm') }),
    ...(!tied && { head: tableLeaves(declare, vocabulary, wordWidth, 'lm_head') }),
  };
}
