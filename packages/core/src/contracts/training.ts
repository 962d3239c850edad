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
  /**
   * What becomes of micro-batches at the end of an epoch that do not fill an accumulation. `keep`: an update of their own,
   * from whole micro-batches alone. `drop`, as DeepMLF's authors do: the last, smaller micro-batch passes the model, too,
   * but the gradients of the incomplete accumulation are thrown away.
   */
  readonly accumulationTail: 'keep' | 'drop';
  /** Samples of a micro-batch that pass the model at a time (0: all): less memory, more time, the same result. */
  readonly pieceSize: number;
  readonly learningRate: number;
  readonly weightDecay: number;
  /** What weight decay acts on: all leaves but those that exempt themselves, as biases do (`weights`), or these, too (`all`). */
  readonly decayed: 'weights' | 'all';
  readonly betas: readonly [number, number];
  readonly epsilon: number;
  /**
   * After the warm-up. `cosine-restarts` (Loshchilov and Hutter 2017, arXiv 1608.03983) begins again at the top where
   * `cosine` stays down; `plateau` falls when validation does not improve, as PyTorch's ReduceLROnPlateau.
   */
  readonly schedule: 'constant' | 'linear' | 'cosine' | 'cosine-restarts' | 'plateau';
  /** Epochs, warm-up included, over which the schedule falls, or its first period; null: `epochs`. */
  readonly scheduleEpochs: number | null;
  /** Lowest learning rate of the schedule. */
  readonly minimumRate: number;
  /** Share of the optimizer steps of the schedule over which the rate rises from 0. */
  readonly warmup: number;
  /** The same in epochs, and in its place; null: by share. */
  readonly warmupEpochs: number | null;
  /** What a plateau multiplies the rate by. */
  readonly plateauFactor: number;
  /** Epochs without improvement that a plateau bears; the next lowers the rate. */
  readonly plateauPatience: number;
  /** Clip gradients to this global L2 norm (0: off). */
  readonly clipNorm: number;
  /** Clip every gradient entry to [-clipValue, clipValue] (0: off). */
  readonly clipValue: number;
  /** `update`: what an optimizer step is about to use. `micro-batch`: after every micro-batch, what is accumulated so far. */
  readonly clipAt: 'update' | 'micro-batch';
  /** Stop after so many epochs without improvement on validation (0: never). */
  readonly patience: number;
  /** By how much an epoch has to be better than the best so far to take its place (0: by anything). */
  readonly leastImprovement: number;
  /** Decimals that the figures of epochs are rounded to before they are compared; null: none. */
  readonly decimals: number | null;
  /** By modality (`text`, or a stream; `*` for those not named): the share of samples from which training withholds it. */
  readonly modalityDropout: { readonly [modality: string]: number };
  /** By parameter group, as the leaves name them. */
  readonly groups: { readonly [group: string]: GroupSettings };
}
