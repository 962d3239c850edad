/** The fusion module: parameters as leaves, and pure functions of tensors. */
import type { Tensor } from '@tensorflow/tfjs';
import type { WordTimes } from './dataset.js';
import type { Encoder, StreamSpec } from './encoder.js';
import type { LanguageModel } from './language-model.js';
import type { Leaves, Tensors, TensorTree } from './leaf.js';
import type { Batch, LossTerm, Output, Pass, Task, TextInput } from './model.js';
import type { TrainingSettings } from './training.js';

/** What a strategy may call of a language model, beyond `begin` and `norm`, and a language model may provide. */
export type LanguageModelMember = 'embed' | 'blocks' | 'logits' | 'prefix' | 'feedForward';

/** What a fusion strategy needs from the run; checked before anything is built. */
export interface FusionRequirements {
  /** Members of the language model that the strategy calls; absent: it uses no language model. */
  readonly languageModel?: readonly LanguageModelMember[];
  readonly text?: 'tokens';
  readonly streams?: { readonly min: number; readonly max?: number };
  readonly task?: readonly Task['kind'][];
  /**
   * The strategy reads `spans` of streams: `measured` if it takes no others than true times of words, `any` if it takes what
   * the host makes of what is known, which `host.text.wordTimes` tells.
   */
  readonly wordTimes?: 'measured' | 'any';
}

export interface Logger {
  debug(message: string): void;
  info(message: string): void;
  warn(message: string): void;
}

/** What every fusion plugin gets to see. */
interface OfferedToAll {
  /** By stream name; every stream that the run uses has one. */
  readonly encoders: { readonly [stream: string]: Encoder };
  readonly streams: { readonly [stream: string]: StreamSpec };
  /** Number of samples of the training split, of which `batch.rows` are positions when it trains: for memories of them. */
  readonly samples?: { readonly train: number };
  readonly task: Task;
  readonly logger: Logger;
}

interface TextSpec {
  /** Padded text length, in tokens. */
  readonly length: number;
  /** For a strategy that requires them: what the spans of its batches come from. */
  readonly wordTimes?: WordTimes;
}

/** The members of a language model that one of the requirements stands for, where they are named differently. */
type MethodOf<M> = M extends 'blocks' ? 'block' : M;

/**
 * A language model of which a strategy may call what it requires. The others are `never`: a call of them does not compile,
 * and what takes a whole `LanguageModel` still takes this one.
 */
export type RequiredLanguageModel<M extends LanguageModelMember> = {
  readonly [K in keyof LanguageModel]: K extends MethodOf<Exclude<LanguageModelMember, M>> ? never : LanguageModel[K];
};

/**
 * All that a fusion plugin gets to see. It never sees the container. `FusionHost<typeof requires>` is the host of a strategy
 * that requires this: what it names is there. Without an argument nothing is promised, as where the language model is not
 * named, and nothing is withheld.
 */
export type FusionHost<R extends FusionRequirements = FusionRequirements> = OfferedToAll &
  (R extends { readonly languageModel: readonly (infer M extends LanguageModelMember)[] }
    ? { readonly languageModel: RequiredLanguageModel<M> }
    : { readonly languageModel?: LanguageModel }) &
  (R extends { readonly text: 'tokens' } ? { readonly text: TextSpec } : { readonly text?: TextSpec });

/** A batch as a strategy that requires this gets it: with text, if it requires text. */
export type FusionBatch<R extends FusionRequirements = FusionRequirements> = R extends { readonly text: 'tokens' }
  ? Batch & { readonly text: TextInput }
  : Batch;

/**
 * `forward` in two parts, of which the first sees every sample by itself: forward(batch) = conclude(read(batch)).
 *
 * A large batch can then be read in pieces, which bounds the memory that it takes and leaves the result as it is.
 */
export interface ForwardParts<P extends Leaves = Leaves, S extends Leaves = Leaves, B extends Batch = Batch> {
  /** What the second part needs to know of every sample: float32 [B, ...] each. It changes no state. */
  read(params: Tensors<P>, state: Tensors<S>, batch: B, pass: Pass): { readonly [name: string]: Tensor };
  /** The rest, which may look across the batch (a batch norm). It reads `batch` only where that costs little: masks, labels. */
  conclude(
    params: Tensors<P>,
    state: Tensors<S>,
    read: { readonly [name: string]: Tensor },
    batch: B,
    pass: Pass,
  ): { output: Output; state: TensorTree };
}

export interface FusionModule<P extends Leaves = Leaves, S extends Leaves = Leaves, B extends Batch = Batch> {
  readonly parameters: P;
  readonly state: S;
  /** After how many blocks of the language model it reads the text alone and unchanged, so that the host may memoise. */
  readonly prefixDepths?: readonly number[];
  /** Why padding counts here, where options ask for a published model that was so. Absent: masks are kept. */
  readonly faithful?: string;
  /** Pure: makes no choice on tensor values and reads none back. */
  forward(params: Tensors<P>, state: Tensors<S>, batch: B, pass: Pass): { output: Output; state: TensorTree };
  /** For `training.pieceSize`. Absent where samples meet early, as in the batch norm of an encoder. */
  readonly parts?: ForwardParts<P, S, B>;
  /** The terms of the objective. Default: the task's own loss on `prediction`. */
  losses?(output: Output, batch: B, state: Tensors<S>, pass: Pass): Record<string, LossTerm>;
  /** Memories that follow the optimizer step, such as generated labels indexed by `batch.rows`. */
  afterStep?(state: Tensors<S>, output: Output, batch: B, pass: Pass): TensorTree;
  /** The strategy's own defaults; what the user's config says wins. */
  readonly recipe?: Partial<TrainingSettings>;
}
