/** What every importer of arrays makes of its files: for each split the samples, and for each stream an array. */
import type { SplitName, Task } from '@interfuse/core';
import type { NumberArray, RaggedArray } from '../arrays/stored-array.js';

export interface StreamTable {
  /** [samples, steps, width], or a sequence for each sample. */
  readonly array: NumberArray | RaggedArray;
  /** Steps of each sample that are no padding, where the source tells. */
  readonly lengths?: Float64Array;
  /** Whether each step is a word, or a piece of one, of the text. */
  readonly stepsAreWords?: boolean;
}

export interface SplitTable {
  readonly count: number;
  readonly ids?: readonly string[];
  readonly texts?: readonly string[];
  /** By label name, one number for each sample; NaN where it is not known. */
  readonly labels: { readonly [name: string]: Float64Array };
  readonly streams: { readonly [name: string]: StreamTable };
}

export interface Table {
  readonly name: string;
  readonly title: string;
  readonly licence: string;
  readonly task: Task;
  /** What each label means. */
  readonly labels: { readonly [name: string]: string };
  readonly streamDescriptions: { readonly [stream: string]: string };
  readonly source: { readonly title: string; readonly url?: string; readonly citation?: string };
  readonly splits: { readonly [K in SplitName]: SplitTable };
}
