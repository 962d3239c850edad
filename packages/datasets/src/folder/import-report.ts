/** What an import tells of the dataset folder that it made. */
import type { SplitName } from '@interfuse/core';

export interface ImportReport {
  readonly folder: string;
  readonly name: string;
  readonly title: string;
  readonly sizes: { readonly [K in SplitName]: number };
  readonly streams: { readonly [name: string]: { readonly width: number; readonly maximumLength: number } };
  /** What was noticed, in whole sentences. */
  readonly notes: readonly string[];
}
