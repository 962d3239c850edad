/** `introspection.json`: what a finished run does inside, on its validation split. Determined by the run alone. */
import type { Task } from '@interfuse/core';
import type { Figures } from '../run/result.js';

/** A figure for each row (fusion tokens, words) and column (steps, words); null where no sample has it. */
export type Grid = readonly (readonly (number | null)[])[];

/** What follows from the parameters alone, such as the gates of a block. */
export interface Gate {
  /** As the strategy calls it: `gates/3` of DeepMLF follows block 3 of the language model. */
  readonly name: string;
  /** With the selected weights. */
  readonly values: readonly number[];
  /** At the end of every epoch, the first first; absent in runs that did not record it. */
  readonly byEpoch?: readonly (readonly number[])[];
}

/** An attention (or what else is shown of every sample), averaged over heads and over the validation samples. */
export interface AttentionMap {
  readonly name: string;
  /** What rows and columns are: `token` and `step`. */
  readonly axes: readonly [string, string];
  /** Masked positions count for nothing: a cell is the mean over the samples that have it. */
  readonly mean: Grid;
  /** For each column, the samples that have it. */
  readonly samples: readonly number[];
  /** Absent where columns are neither steps nor words. */
  readonly spread?: Spread;
}

/** How a row spreads over its columns, averaged over rows and samples. */
export interface Spread {
  /** The exponential of its entropy: as many columns, read evenly, are as spread out. */
  readonly effective: number;
  /** Columns that are not masked. */
  readonly available: number;
  /** Sum of a row: what is missing to 1 goes where the map does not look, such as to other tokens. */
  readonly share: number;
}

export interface SingleSample {
  readonly id: string;
  /** The tokens of its text that the model reads, blanks included; of a special token the id: `<1>`. */
  readonly words?: readonly string[];
  readonly label: number | null;
  /** The score, or a logit for each class. */
  readonly prediction: readonly number[];
  /** By the name of the map; null under a mask. */
  readonly attention: { readonly [name: string]: Grid };
}

/** What goes without one modality. */
export interface Occlusion {
  readonly modality: string;
  /** Samples that have it. */
  readonly samples: number;
  readonly figures: Figures;
  /** Regression: the mean absolute change of the prediction of these samples. Classification: the share whose class changes. */
  readonly change: number;
}

export interface Introspection {
  readonly format: 1;
  readonly run: string;
  readonly strategy: string;
  readonly task: Task['kind'];
  /** SHA-256 of the selected weights. */
  readonly weights: string;
  readonly split: 'valid';
  readonly samples: number;
  /** The epoch that the weights are from, counted from 0. */
  readonly epoch: number;
  readonly gates: readonly Gate[];
  readonly attention: readonly AttentionMap[];
  readonly singles: readonly SingleSample[];
  /** With everything; the figures that the run was selected by. */
  readonly whole: Figures;
  readonly occlusion: readonly Occlusion[];
}
