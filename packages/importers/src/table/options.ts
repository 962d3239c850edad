/** What can be said to every importer, and what it reports back. */

export interface ImportOptions {
  /** Name of the dataset: lower case. Default: from the source. */
  readonly name?: string;
  readonly licence?: string;
  /** Which labels are predicted. Default: the scores. */
  readonly task?: 'regression' | 'classification';
  /** Lowest and highest label. Default: inferred. */
  readonly range?: readonly [number, number];
  /** Names of the classes, in order of their index. */
  readonly classes?: readonly string[];
  /** What becomes of NaN and +infinity; -infinity, the logarithm of silence, is 0 in any case. Default: refuse. */
  readonly nonFinite?: 'refuse' | 'zero';
  /** Keep frames of padding as if they were measured. */
  readonly keepPadding?: boolean;
  /** Put in the place of an existing folder. */
  readonly replace?: boolean;
  readonly signal?: AbortSignal;
  readonly progress?: Progress;
}

/** Called now and then with the share that is done, and what is being done. */
export type Progress = (share: number, doing: string) => void;
