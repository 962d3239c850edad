/**
 * The feed-forward of a block that is added to a language model, which starts from that of the block before it (the MM Block
 * of DeepMLF, arXiv 2504.11082).
 *
 * As published only the weights are copied: biases and the norm before it start fresh, and the plain kind has the exact GELU
 * where GPT-2 approximates it. Copied as a whole, it begins as what the language model itself computes there.
 */
import type { FeedForward, Leaf, Pass, Tensors } from '@interfuse/core';
import * as tf from '@tensorflow/tfjs';
import { type Activation, activate } from './activations.js';
import { type BlockNormKind, type BlockNormLeaves, blockNormLeaves } from './block-norm.js';
import { dropout } from './dropout.js';
import { fanInUniform, trained } from './leaves.js';
import { linear } from './linear.js';
import { type LoraSettings, lora, loraLeaves } from './lora.js';

type CopiedLinear = {
  readonly weight: Leaf;
  readonly bias?: Leaf;
  readonly lora?: ReturnType<typeof loraLeaves>;
};

/** `gate` only in the gated kind. */
export type BlockFeedForwardLeaves = {
  readonly gate?: CopiedLinear;
  readonly up: CopiedLinear;
  readonly down: CopiedLinear;
};

/** What of the language model's feed-forward is copied: its weights alone, or biases, norm and activation as well. */
export type FeedForwardStart = 'weights' | 'whole';

/** @param rank of low-rank additions to frozen copies; null trains the copies themselves */
export function blockFeedForwardLeaves(
  original: FeedForward,
  rank: number | null,
  start: FeedForwardStart = 'weights',
): BlockFeedForwardLeaves {
  const copy = ({ weight, bias }: { readonly weight: Leaf; readonly bias?: Leaf }): CopiedLinear => {
    const [outputs, inputs] = weight.shape as [number, number];
    const own = trained(weight, { group: 'main' });
    return {
      weight: rank === null ? own : { ...own, train: false },
      ...(bias ? { bias: start === 'whole' ? copyOf(bias) : fanInUniform([outputs], inputs, { decay: false }) } : {}),
      ...(rank === null ? {} : { lora: loraLeaves(inputs, outputs, rank) }),
    };
  };
  const { up, down } = original.parameters;
  const plain = { up: copy(up), down: copy(down) };
  return original.kind === 'gated' ? { gate: copy(original.parameters.gate), ...plain } : plain;
}

function copyOf(bias: Leaf): Leaf {
  return trained(bias, { group: 'main', decay: false });
}

/** The norm before the feed-forward; fresh where that of the language model is not copied, or where it has none to copy. */
export function feedForwardNormLeaves(
  { norm }: FeedForward,
  { kind, width }: { readonly kind: BlockNormKind; readonly width: number },
  start: FeedForwardStart,
): BlockNormLeaves {
  if (start === 'weights' || norm === undefined) return blockNormLeaves(kind, width);
  const { weight, bias } = norm;
  return { weight: trained(weight, { group: 'main' }), ...(bias ? { bias: copyOf(bias) } : {}) };
}

export interface BlockFeedForwardSettings {
  readonly activation: Activation;
  /** How the gated kind joins its branches; the released program adds them where the language model multiplies. */
  readonly combine: 'product' | 'sum';
  /** Rate of dropout on what the plain kind returns. */
  readonly dropout: number;
  /** For frozen copies with low-rank additions. */
  readonly lora?: Omit<LoraSettings, 'pass'>;
  readonly pass: Pass;
}

/** [..., d] -> [..., d]. */
export function blockFeedForward(
  params: Tensors<BlockFeedForwardLeaves>,
  x: tf.Tensor,
  settings: BlockFeedForwardSettings,
): tf.Tensor {
  const { activation, combine, pass } = settings;
  const apply = (layer: Tensors<CopiedLinear>, input: tf.Tensor): tf.Tensor => {
    const y = linear(layer, input);
    return layer.lora && settings.lora ? tf.add(y, lora(layer.lora, input, { ...settings.lora, pass })) : y;
  };
  const up = apply(params.up, x);
  if (!params.gate) return dropout(apply(params.down, activate(activation, up)), settings.dropout, pass);
  const gate = activate(activation, apply(params.gate, x));
  return apply(params.down, combine === 'product' ? tf.mul(gate, up) : tf.add(gate, up));
}

/** The activation of the copy: as published the exact GELU for either form of it, otherwise that of the language model. */
export function blockActivation({ kind, activation }: FeedForward, start: FeedForwardStart = 'weights'): Activation {
  return start === 'weights' && kind === 'plain' && activation === 'gelu-tanh' ? 'gelu' : activation;
}
