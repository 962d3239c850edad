/**
 * The feed-forward of a block that is added to a language model, which starts from that of the block before it (the MM Block
 * of DeepMLF, arXiv 2504.11082).
 *
 * Only the weights are copied: biases start fresh, and the plain kind has the exact GELU where GPT-2 approximates it.
 */
import type { FeedForward, Leaf, Pass, Tensors } from '@interfuse/core';
import * as tf from '@tensorflow/tfjs';
import { type Activation, activate } from './activations.js';
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

/** @param rank of low-rank additions to frozen copies; null trains the copies themselves */
export function blockFeedForwardLeaves(original: FeedForward, rank: number | null): BlockFeedForwardLeaves {
  const copy = ({ weight, bias }: { readonly weight: Leaf; readonly bias?: Leaf }): CopiedLinear => {
    const [outputs, inputs] = weight.shape as [number, number];
    const own = trained(weight, { group: 'main' });
    return {
      weight: rank === null ? own : { ...own, train: false },
      ...(bias ? { bias: fanInUniform([outputs], inputs, { decay: false }) } : {}),
      ...(rank === null ? {} : { lora: loraLeaves(inputs, outputs, rank) }),
    };
  };
  const { up, down } = original.parameters;
  const plain = { up: copy(up), down: copy(down) };
  return original.kind === 'gated' ? { gate: copy(original.parameters.gate), ...plain } : plain;
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

/** The activation of the copy: the exact GELU for either form of it, otherwise that of the language model. */
export function blockActivation({ kind, activation }: FeedForward): Activation {
  return kind === 'plain' && activation === 'gelu-tanh' ? 'gelu' : activation;
}
