/**
 * The evaluation matrix of a trained run: what its selected weights predict when modalities are missing.
 *
 * Two protocols of the field in one. With the drop rate 1 a row is a *fixed* pattern: the model gets these modalities and
 * no others (MMIN, Zhao et al. 2021). Below 1 the pattern is *random*: each other modality is withheld from that share of
 * the samples, each for itself (GCNet, Lian et al. 2022; there for all modalities alike).
 */
import type { FusionPlugin } from '@interfuse/core';
import type { Figures } from './result.js';

/** Shares of the samples that lack a modality outside of the subset; 0, nothing dropped, is the first row of the matrix. */
export const dropRates = [0.25, 0.5, 0.75, 1] as const;

export interface CellFigures {
  readonly figures: Figures;
  /** Samples of which nothing is left, since they lacked before what is kept. They count. */
  readonly withoutAny: number;
}

export interface Cell {
  /** The modalities that nothing is dropped from. */
  readonly kept: readonly string[];
  /** Of each of the others. */
  readonly rate: number;
  /** Absent in what a comparison asks by itself: its report shows test alone. */
  readonly valid?: CellFigures;
  readonly test: CellFigures;
}

/** `missing.json`: the whole matrix, or its fixed patterns on test, which a comparison asks by itself. Determined by the run alone. */
export interface MissingMatrix {
  readonly format: 1;
  readonly run: string;
  /** SHA-256 of the selected weights. */
  readonly weights: string;
  /** What the strategy declares that it does about what is missing. */
  readonly policy: FusionPlugin['missing'];
  readonly modalities: readonly string[];
  /** All of `dropRates`, or 1 alone. */
  readonly rates: readonly number[];
  /** Nothing dropped first; then by subset, the largest first, and by rate. */
  readonly cells: readonly Cell[];
}

/** With validation in every cell. */
export interface WholeMatrix extends MissingMatrix {
  readonly cells: readonly Required<Cell>[];
}

/** Every non-empty subset with every rate; for all modalities there is nothing to drop. */
export function patternsOf(modalities: readonly string[]): { kept: readonly string[]; rate: number }[] {
  const subsets = Array.from({ length: 2 ** modalities.length - 1 }, (_, i) =>
    modalities.filter((_modality, bit) => ((i + 1) >> bit) & 1),
  ).sort((a, b) => b.length - a.length);
  return subsets.flatMap((kept) =>
    kept.length === modalities.length ? [{ kept, rate: 0 }] : dropRates.map((rate) => ({ kept, rate })),
  );
}

/**
 * All modalities, all but one, and one alone, with nothing of the others: up to three modalities these are all subsets,
 * and of more they do not double with each.
 */
export function patternsReported(modalities: readonly string[]): { kept: readonly string[]; rate: number }[] {
  return patternsOf(modalities).filter(
    ({ kept, rate }) =>
      kept.length === modalities.length || (rate === 1 && (kept.length === modalities.length - 1 || kept.length === 1)),
  );
}
