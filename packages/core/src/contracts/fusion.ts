/** The fusion module: parameters as leaves, and pure functions of tensors. */
import type { Tensor } from '@tensorflow/tfjs';
import type { WordTimes } from './dataset.js';
import type { Encoder, StreamSpec } from './encoder.js';
import type { LanguageModel } from './language-model.js';
import type { Leaves, Tensors, TensorTree } from './leaf.js';
import type { Batch, LossTerm, Output, Pass, Task } from './model.js';
import type { TrainingSettings } from './training.js';

export interface Logger {
  debug(message: string): void;
  info(message: string): void;
  warn(message: string): void;
}

/** All that a fusion plugin gets to see. It never sees the container. */
export interface FusionHost {
  readonly languageModel?: LanguageModel;
  /** By stream name; every stream that the run uses has one. */
  readonly encoders: { readonly [stream: string]: Encoder };
  readonly streams: { readonly [stream: string]: StreamSpec };
  /**
   * Padded text length, in tokens; present if the dataset has text. `wordTimes`, for a strategy that requires them: what the
   * spans of its batches come from.
   */
  readonly text?: { readonly length: number; readonly wordTimes?: WordTimes };
  /** Number of samples of the training split, of which `batch.rows` are positions when it trains: for memories of them. */
  readonly samples?: { readonly train: number };
  readonly task: Task;
  readonly logger: Logger;
}

/**
 * `forward` in two parts, of which the first sees every sample by itself: forward(batch) = conclude(read(batch)).
 *
 * A large batch can then be read in pieces, which bounds the memory that it takes and leaves the result as it is.
 */
export interface ForwardParts<P extends Leaves = Leaves, S extends Leaves = Leaves> {
  /** What the second part needs to know of every sample: float32 [B, ...] each. It changes no state. */
  read(params: Tensors<P>, state: Tensors<S>, batch: Batch, pass: Pass): { readonly [name: string]: Tensor };
  /** The rest, which may look across the batch (a batch norm). It reads `batch` only where that costs little: masks, labels. */
  conclude(
    params: Tensors<P>,
    state: Tensors<S>,
    read: { readonly [name: string]: Tensor },
    batch: Batch,
    pass: Pass,
  ): { output: Output; state: TensorTree };
}

export interface FusionModule<P extends Leaves = Leaves, S extends Leaves = Leaves> {
  readonly parameters: P;
  readonly state: S;
  /** After how many blocks of the language model it reads the text alone and unchanged, so that the host may memoise. */
  readonly prefixDepths?: readonly number[];
  /** Why padding counts here, where options ask for a published model that was so. Absent: masks are kept. */
  readonly faithful?: string;
  /** Pure: makes no choice on tensor values and reads none back. */
  forward(params: Tensors<P>, state: Tensors<S>, batch: Batch, pass: Pass): { output: Output; state: TensorTree };
  /** For `training.pieceSize`. Absent where samples meet early, as in the batch norm of an encoder. */
  readonly parts?: ForwardParts<P, S>;
  /** The terms of the objective. Default: the task's own loss on `prediction`. */
  losses?(output: Output, batch: Batch, state: Tensors<S>, pass: Pass): Record<string, LossTerm>;
  /** Memories that follow the optimizer step, such as generated labels indexed by `batch.rows`. */
  afterStep?(state: Tensors<S>, output: Output, batch: Batch, pass: Pass): TensorTree;
  /** The strategy's own defaults; what the user's config says wins. */
  readonly recipe?: Partial<TrainingSettings>;
}
