/**
 * Leaves: what a model's parameters and state are *declared* to be, before any weight is read.
 *
 * A model is a tree of leaves. The path of a leaf (`blocks/3/attention/query/weight`) is its name in checkpoints, in
 * parameter counts and in error messages. Engines allocate; models only declare.
 */
import type { Tensor } from '@tensorflow/tfjs';

export type Shape = readonly number[];

/** How a fresh leaf gets its values. Data, not a function: the values follow from the run's seed and the leaf's path. */
export type Initializer =
  | { readonly kind: 'constant'; readonly value: number }
  /** Normal with mean 0 and this standard deviation. */
  | { readonly kind: 'normal'; readonly deviation: number }
  /** Uniform on [-bound, bound). */
  | { readonly kind: 'uniform'; readonly bound: number };

/** Values that lie in a file. Nothing is read until an engine allocates the leaf. */
export interface Stored {
  readonly kind: 'stored';
  /** Absolute path of the file. */
  readonly file: string;
  /** Name of the tensor in that file. */
  readonly tensor: string;
  /** True if the file holds the transpose of the leaf (2-D only; GPT-2 stores its projections so). */
  readonly transposed?: boolean;
  /** Where the file joins several leaves along their first axis: this one begins at row `first` of `of`. */
  readonly rows?: { readonly first: number; readonly of: number };
  /** Where the tensor lies and how it is encoded. Absent: the header of the file says so, which is one of safetensors. */
  readonly span?: StoredSpan;
}

/** The block formats of GGUF that are decoded. */
export type BlockType = 'Q4_0' | 'Q4_1' | 'Q5_0' | 'Q8_0' | 'Q4_K' | 'Q6_K';

/** A tensor in a file of another format than safetensors. */
export interface StoredSpan {
  readonly type: 'F64' | 'F32' | 'F16' | 'BF16' | BlockType;
  readonly shape: Shape;
  /** Byte positions in the file. */
  readonly begin: number;
  readonly end: number;
  /**
   * Rows of a head if the file holds, for each head of the leaf, entries 0 and D/2 side by side, then 1 and D/2 + 1, ...:
   * llama.cpp turns neighbours by the rotary angle, where Hugging Face turns entries half a head apart.
   */
  readonly interleavedHead?: number;
}

/**
 * How the values of a matrix are held. `int8` and `int4`: whole numbers in blocks of 32 along a row, each block with a
 * scale. Computations are in single precision always, on the values as they are held.
 */
export type Precision = 'float32' | 'float16' | 'int8' | 'int4';

export interface Leaf {
  readonly shape: Shape;
  readonly start: Initializer | Stored;
  /** Whether the optimizer may change it. */
  readonly train: boolean;
  /** How it is held while it is not trained; of no effect on what is. Default: as its file holds it, or in `float32`. */
  readonly precision?: Precision;
  /** Whether weight decay applies to it. Default: true. */
  readonly decay?: boolean;
  /** Parameter group, for a learning rate or clipping of its own. Default: `main`. */
  readonly group?: string;
  /** Why a trainable leaf receives no gradient, where that is by design (a bias before a batch norm). */
  readonly inert?: string;
}

/** A tree of leaves: a record or an array of leaves and trees. */
export type Leaves = { readonly [name: string]: Leaf | Leaves } | readonly (Leaf | Leaves)[];

/**
 * The tree of tensors that an engine passes for a tree of leaves. Where the leaves are not known it ends in any tree of
 * tensors; without that end the compiler would follow `Leaves` for ever.
 */
export type Tensors<P> = P extends Leaf
  ? Tensor
  : { readonly [K in keyof P]: [Leaf | Leaves] extends [P[K]] ? Tensor | TensorTree : Tensors<P[K]> };

/** Any tree of tensors: what a model returns as its new state. */
export type TensorTree = { readonly [name: string]: Tensor | TensorTree } | readonly (Tensor | TensorTree)[];

/** Whether a node of a tree is a leaf, and not a branch. */
export function isLeaf(node: Leaf | Leaves): node is Leaf {
  return !Array.isArray(node) && 'start' in node && Array.isArray((node as Leaf).shape);
}
