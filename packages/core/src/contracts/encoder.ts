/** Encoders turn one stream into a sequence of vectors; a pooling encoder returns a sequence of one. */
import type { Tensor } from '@tensorflow/tfjs';
import type { Leaves, Tensors, TensorTree } from './leaf.js';
import type { Inspected, Pass, StreamInput } from './model.js';

export interface StreamSpec {
  readonly name: string;
  /** Features per step. */
  readonly width: number;
  /** Longest sequence in the dataset, in steps. */
  readonly maximumLength: number;
  /** Steps per second of recording, or `word` where each step is a word of the text. Absent: not known. */
  readonly pace?: number | 'word';
}

export interface Encoded {
  /** [B, steps, width] float32, zero where the mask is false. */
  readonly values: Tensor;
  /** [B, steps] bool. */
  readonly mask: Tensor;
}

export interface Encoder<P extends Leaves = Leaves, S extends Leaves = Leaves> {
  readonly parameters: P;
  /** What changes but is not trained, such as the statistics of a batch norm. */
  readonly state: S;
  /** Width of the vectors that it returns. */
  readonly width: number;
  /** Number of steps that it returns, where that does not depend on the input. */
  readonly steps?: number;
  /** Why padding counts here, where options ask for a published model that was so. Absent: masks are kept. */
  readonly faithful?: string;
  encode(
    params: Tensors<P>,
    state: Tensors<S>,
    stream: StreamInput,
    pass: Pass,
  ): { encoded: Encoded; state: TensorTree; inspect?: Record<string, Inspected> };
}
