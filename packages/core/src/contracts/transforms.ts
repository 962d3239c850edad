/** Declared transforms of streams: what becomes of the values of a dataset before any encoder sees them. */

/** One of these. */
export type StreamTransform =
  /** Every value is moved into [low, high]. */
  | { readonly clip: readonly [number, number] }
  /** Mean 0 and deviation 1 for each feature on the training split. */
  | { readonly standardise: true }
  /** At most so many steps, each the mean of an equal span of neighbouring frames. */
  | { readonly pool: number }
  /** At most so many steps, each the mean of frames t, t + steps, t + 2 steps, ...: DeepMLF's strided align. */
  | { readonly align: number };

/** In the order in which they are applied, by stream; `*` is for every stream that is not named. */
export type StreamTransforms = { readonly [stream: string]: readonly StreamTransform[] };

/** What a standardisation was fitted to, for each feature, over the real steps of the training samples that have them. */
export interface FeatureStatistics {
  readonly mean: Float32Array;
  /** Of the population; 1 for a feature that never changes. */
  readonly deviation: Float32Array;
}

/** By `<stream>/<position in its list>`. */
export type Statistics = { readonly [name: string]: FeatureStatistics };
