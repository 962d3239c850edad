/** What every model sees in a forward pass, and what it returns. Letters: B batch, L text length, S stream steps. */
import type { Tensor } from '@tensorflow/tfjs';

/** Tokens of a batch of texts, padded on the right. */
export interface TextInput {
  /** [B, L] int32; pad positions hold the tokenizer's pad id. */
  readonly tokens: Tensor;
  /** [B, L] bool; true where the token is real. */
  readonly mask: Tensor;
  /** [B] bool; false where the sample has no text at all. */
  readonly present: Tensor;
  /** Hidden states after so many frozen blocks, by their number, where the host has memoised them: [B, L, width]. */
  readonly prefix?: { readonly [depth: number]: Tensor };
}

/** One stream (audio, vision, ...) of a batch, padded on the right with zeros. */
export interface StreamInput {
  /** [B, S, width] float32; zero where the mask is false. */
  readonly values: Tensor;
  /** [B, S] bool; true where the step is real. */
  readonly mask: Tensor;
  /** [B] bool; false where the sample lacks this stream. */
  readonly present: Tensor;
  /**
   * [B, L, 2] float32, for strategies that require word times: from which to which step of the stream the word of each token
   * is spoken, fractions of steps included; both the same where a token belongs to no word.
   */
  readonly spans?: Tensor;
}

/** Labels of a batch, by name; `task` is the one that is predicted. */
export interface LabelInput {
  /** [B, 1] float32; for classification the class index as a float. */
  readonly values: Tensor;
  /** [B] bool; false where the label is not known. */
  readonly known: Tensor;
}

export interface Batch {
  /** [B] int32: the positions of the samples in their split, for memories kept per sample. */
  readonly rows: Tensor;
  readonly text?: TextInput;
  readonly streams: { readonly [name: string]: StreamInput };
  readonly labels: { readonly [name: string]: LabelInput };
}

/**
 * Counter-based random numbers: the value depends only on the run's seed, the step, the path of forks, the number of
 * earlier draws from the same fork and the position in the tensor. The same on every engine; a resumed run continues exactly.
 */
export interface Random {
  /** Uniform on [0, 1), float32, of this shape. */
  uniform(shape: readonly number[]): Tensor;
  /** An independent source with a name of its own, so that what one module draws never shifts another's numbers. */
  fork(name: string): Random;
}

export interface Pass {
  readonly training: boolean;
  /** Scalar int32: the epoch, counted from 0. */
  readonly epoch: Tensor;
  readonly random: Random;
}

/**
 * A tensor for people to look at (gates, attention), with the names of its axes. Without an axis `sample` it follows from
 * the parameters alone, and is recorded at the end of every epoch: let it be small. With one, `sample` comes first, and
 * the host averages over `head` and `sample`; `word` are the words of the text.
 */
export interface Inspected {
  readonly values: Tensor;
  readonly axes: readonly string[];
}

export interface Output {
  /** [B, task outputs]: the score itself for regression, logits for classification. */
  readonly prediction: Tensor;
  /** Predictions of auxiliary heads and whatever the losses need. */
  readonly heads?: { readonly [name: string]: Tensor };
  /** Vectors of the samples, [B, ...] each, for `afterStep` to remember. */
  readonly features?: { readonly [name: string]: Tensor };
  readonly inspect?: { readonly [name: string]: Inspected };
}

/** What is to be predicted. Regression has one output; classification one per class. */
export type Task =
  | { readonly kind: 'regression'; readonly range: readonly [number, number] }
  | { readonly kind: 'classification'; readonly classes: readonly string[] };

/** The number of outputs of a model for the task. */
export function taskOutputs(task: Task): number {
  return task.kind === 'regression' ? 1 : task.classes.length;
}

/** A term of the objective: its value is a scalar, already averaged over the batch. */
export interface LossTerm {
  readonly value: Tensor;
  readonly weight: number;
}
