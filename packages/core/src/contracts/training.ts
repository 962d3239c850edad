/** The settings of one training, all of them; defaults are in the schema of the config. */
export interface GroupSettings {
  /** Multiplies the learning rate. */
  readonly learningRateScale?: number;
  readonly weightDecay?: number;
  /** Whether clipping includes this group. */
  readonly clip?: boolean;
}

export interface TrainingSettings {
  /** Passes over the training split, at most. */
  readonly epochs: number;
  /** Samples per micro-batch. */
  readonly batchSize: number;
  /** Micro-batches per optimizer step. */
  readonly accumulate: number;
  /** What becomes of the gradients of the micro-batches: their mean, or their sum (as DeepMLF's authors do). */
  readonly accumulation: 'mean' | 'sum';
  /** Samples of a micro-batch that pass the model at a time (0: all): less memory, more time, the same result. */
  readonly pieceSize: number;
  readonly learningRate: number;
  readonly weightDecay: number;
  readonly betas: readonly [number, number];
  readonly epsilon: number;
  readonly schedule: 'constant' | 'linear' | 'cosine';
  /** Share of all optimizer steps over which the rate rises from 0. */
  readonly warmup: number;
  /** Clip gradients to this global L2 norm (0: off). */
  readonly clipNorm: number;
  /** Clip every gradient entry to [-clipValue, clipValue] (0: off). */
  readonly clipValue: number;
  /** Stop after so many epochs without improvement on validation (0: never). */
  readonly patience: number;
  /** By modality (`text`, or a stream; `*` for those not named): the share of samples from which training withholds it. */
  readonly modalityDropout: { readonly [modality: string]: number };
  /** By parameter group, as the leaves name them. */
  readonly groups: { readonly [group: string]: GroupSettings };
}
