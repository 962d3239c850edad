/**
 * The evaluation matrix of a trained run: what its selected weights predict when modalities are missing.
 *
 * Two protocols of the field in one. With the drop rate 1 a row is a *fixed* pattern: the model gets these modalities and
 * no others (MMIN, Zhao et al. 2021). Below 1 the pattern is *random*: each other modality is withheld from that share of
 * the samples, each for itself (GCNet, Lian et al. 2022; there for all modalities alike).
 */
import type { Engine, FusionPlugin, Store } from '@interfuse/core';
import { drawKey, hashString, uniformAt } from '@interfuse/nn';
import { evaluateStep, predictionSize, predictWith, score, type Withheld } from '@interfuse/training/loop';
import type { RunPlan } from '../experiment/plan.js';
import type { TestKey } from './open-test.js';
import type { Figures, RunResult } from './result.js';
import type { OpenedSplit, RunData } from './run-data.js';
import { withSelectedWeights } from './selected-weights.js';

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

export interface MatrixHooks {
  readonly signal?: AbortSignal;
  /** Hears of every cell before it is evaluated. */
  onCell?(cell: number, cells: number): void;
}

/** Changes nothing of the run. @throws TEST_ALREADY_OPENED if the weights are not those that test was opened for */
export async function evaluateMissing(
  run: RunPlan,
  engine: Engine,
  data: RunData,
  key: TestKey,
  { signal, onCell }: MatrixHooks = {},
): Promise<WholeMatrix> {
  return withSelectedWeights(run, engine, async (store) => {
    const evaluate = evaluationOf(run, engine, store, signal);
    const valid = await data.valid();
    const test = await data.test(key);
    const { modalities } = valid.source;
    const patterns = patternsOf(modalities);
    const cells: Required<Cell>[] = [];
    for (const [index, { kept, rate }] of patterns.entries()) {
      onCell?.(index, patterns.length);
      cells.push({
        kept,
        rate,
        valid: await evaluate(valid, droppedOutside(kept, rate, valid.split.name)),
        test: await evaluate(test, droppedOutside(kept, rate, test.split.name)),
      });
    }
    return { ...headOf(run), weights: test.receipt.checkpoint, modalities, rates: dropRates, cells };
  });
}

/**
 * The fixed patterns of the same matrix, on test alone, and of the subsets those that people read (`patternsReported`).
 * What the run predicts with nothing dropped stands in its result and is not computed again.
 *
 * @throws TEST_ALREADY_OPENED if the weights are not those that test was opened for
 */
export async function evaluateFixedPatterns(
  run: RunPlan,
  engine: Engine,
  data: RunData,
  key: TestKey,
  { result, signal }: { readonly result: RunResult; readonly signal?: AbortSignal },
): Promise<MissingMatrix> {
  const test = await data.test(key);
  const { modalities } = test.source;
  const [, ...patterns] = patternsReported(modalities);
  const nothingDropped = { figures: result.test, withoutAny: countEmpty(test, () => false) };
  const cells: Cell[] = [{ kept: modalities, rate: 0, test: nothingDropped }];
  await withSelectedWeights(run, engine, async (store) => {
    const evaluate = evaluationOf(run, engine, store, signal);
    for (const { kept, rate } of patterns) {
      cells.push({ kept, rate, test: await evaluate(test, droppedOutside(kept, rate, test.split.name)) });
    }
  });
  return { ...headOf(run), weights: test.receipt.checkpoint, modalities, rates: [1], cells };
}

function headOf({ name, strategy }: RunPlan): Pick<MissingMatrix, 'format' | 'run' | 'policy'> {
  return { format: 1, run: name, policy: strategy.plugin.missing };
}

/** Figures on a split, with one program for all patterns. */
function evaluationOf({ strategy, seed }: RunPlan, engine: Engine, store: Store, signal: AbortSignal | undefined) {
  const { module, metrics, settings } = strategy;
  const program = engine.compile(evaluateStep({ module, seed }), store);
  const batchSize = predictionSize(settings);
  return async (opened: OpenedSplit, withheld: Withheld): Promise<CellFigures> => {
    const { source } = opened;
    const predictions = await predictWith(program, { source, batchSize, withheld, ...(signal ? { signal } : {}) });
    return { figures: score(metrics, predictions, source), withoutAny: countEmpty(opened, withheld) };
  };
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

/**
 * The same samples go without for every strategy and seed, and what is dropped at a rate is dropped at every higher one:
 * rows differ by what is missing, not by chance.
 */
export function droppedOutside(kept: readonly string[], rate: number, split: string): Withheld {
  return (row, modality) =>
    !kept.includes(modality) && uniformAt(drawKey(0, 0, hashString(`missing/${split}/${modality}`)), row) < rate;
}

function countEmpty({ split: { samples }, source }: OpenedSplit, withheld: Withheld): number {
  return samples.filter((_, row) => source.present(row).every((modality) => withheld(row, modality))).length;
}
