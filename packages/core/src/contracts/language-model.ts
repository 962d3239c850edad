/**
 * Decoder language models, block by block.
 *
 * A fusion strategy walks the blocks itself and may act between any two of them; nothing is patched from outside, and no
 * state stays on a layer between calls. Letters: B batch, T sequence (text and whatever the strategy appends), d width.
 */
import type { Tensor } from '@tensorflow/tfjs';
import type { Leaf, Leaves, Tensors } from './leaf.js';
import type { Pass, TextInput } from './model.js';

/** Where the slots of a sequence stand, and what each may read. */
export interface Frame {
  /** [T] int32: positions, shared by the batch. */
  readonly positions: Tensor;
  /**
   * [B or 1, T, C + T] bool: query slot (rows) may read key slot (columns), C being the number of slots before these, if
   * the call names any. The model adds its own window, if it has one.
   */
  readonly allowed: Tensor;
  readonly pass: Pass;
}

/**
 * Slots that stand before those of a call: they are read, and not advanced. What depends on no trained leaf, such as the
 * text in the first frozen blocks, can so be computed by itself, once for all epochs and without a gradient.
 */
export interface SlotsBefore {
  /** [B, C, d]: their hidden states at the input of this block. */
  readonly hidden: Tensor;
  /** [C] int32. */
  readonly positions: Tensor;
}

export interface LanguageModelConfig {
  /** Architecture, as in `model_type` of a Hugging Face config.json. */
  readonly architecture: string;
  readonly width: number;
  readonly layers: number;
  readonly heads: number;
  readonly vocabulary: number;
  /** Longest sequence that positions are defined for. */
  readonly contextLength: number;
  /** The norm inside the blocks: what an inserted block should use to match. */
  readonly norm: { readonly kind: 'layer' | 'rms'; readonly epsilon: number };
}

/** y = x W^T + b; the weight is [outputs, inputs]. */
export type LinearLeaves = { readonly weight: Leaf; readonly bias?: Leaf };

interface FeedForwardShape {
  readonly activation: 'gelu' | 'gelu-tanh' | 'silu' | 'relu';
  /**
   * What normalises its input, of the kind that `config.norm` names. Absent where there is none, and where its weights mean
   * something else than factors.
   */
  readonly norm?: { readonly weight: Leaf; readonly bias?: Leaf };
}

/** The feed-forward of one block, described so that a strategy can build its own from the same weights. */
export type FeedForward =
  | (FeedForwardShape & {
      readonly kind: 'plain';
      readonly parameters: { readonly up: LinearLeaves; readonly down: LinearLeaves };
    })
  | (FeedForwardShape & {
      readonly kind: 'gated';
      readonly parameters: { readonly gate: LinearLeaves; readonly up: LinearLeaves; readonly down: LinearLeaves };
    });

/** Where a weight lies in a Hugging Face checkpoint. */
export interface CheckpointTensor {
  /** `model.layers.0.self_attn.q_proj.weight`. */
  readonly name: string;
  /** True if checkpoints hold the transpose of the leaf. */
  readonly transposed: boolean;
}

/** Low-rank additions: y = W x + (alpha / rank) B A x. */
export interface LowRank {
  readonly rank: number;
  readonly alpha: number;
  /** Rate of dropout on their input, in training. */
  readonly dropout: number;
  /** By the path of the projection in the tree, whose leaves `lora/down` and `lora/up` are A and B: its module. */
  readonly modules: ReadonlyMap<string, string>;
}

/** What of a language model trains, and by which names its weights are saved for other programs. */
export interface Adaptation {
  /** As the config says it: `frozen`, `lora`, `last:2`, `all`. */
  readonly train: string;
  /** The folder of its config and tokenizer. */
  readonly folder: string;
  /** By path in the tree of parameters; low-rank additions are not among them. */
  readonly tensors: ReadonlyMap<string, CheckpointTensor>;
  readonly lowRank?: LowRank;
}

export interface LanguageModel<P extends Leaves = Leaves> {
  readonly config: LanguageModelConfig;
  readonly parameters: P;
  /** Absent where the plugin leaves it open. */
  readonly adaptation?: Adaptation;
  /** Token ids [B, L] int32 -> embeddings [B, L, d], before positions. */
  embed(params: Tensors<P>, tokens: Tensor): Tensor;
  /** Whatever stands between the embeddings of all slots and the first block: learned positions, scale, dropout. [B, T, d] */
  begin(params: Tensors<P>, hidden: Tensor, frame: Frame): Tensor;
  /** Block `index`. Returns [B, T, d] and the attention probabilities [B, heads, T, C + T], C being 0 without `before`. */
  block(
    params: Tensors<P>,
    index: number,
    hidden: Tensor,
    frame: Frame,
    before?: SlotsBefore,
  ): { hidden: Tensor; probabilities: Tensor };
  /**
   * Text alone through embedding, `begin` and the first `depth` blocks: [B, L, d]. The host may memoise it (when the model
   * is frozen and has no dropout): it is then answered from `text.prefix`.
   */
  prefix(params: Tensors<P>, text: TextInput, depth: number, pass: Pass): Tensor;
  /** The final norm: [B, T, d] -> [B, T, d]. */
  norm(params: Tensors<P>, hidden: Tensor): Tensor;
  /** Normed hidden states -> next-token logits: [B, T, d] -> [B, T, vocabulary]. */
  logits(params: Tensors<P>, hidden: Tensor): Tensor;
  /** The feed-forward of block `index`, as leaves. */
  feedForward(index: number): FeedForward;
}

export interface Tokenizer {
  /**
   * Token ids of a text, with the special tokens that this model expects and no padding. Of a longer text as many as
   * `length` allows: its end is cut off, the special tokens stay.
   */
  encode(text: string, length?: number): number[];
  decode(tokens: readonly number[]): string;
  /** The id that pads on the right; its positions are masked. */
  readonly padToken: number;
}
