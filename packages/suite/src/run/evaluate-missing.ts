/**
 * The evaluation matrix of a trained run: what its selected weights predict when modalities are missing.
 *
 * Two protocols of the field in one. With the drop rate 1 a row is a *fixed* pattern: the model gets these modalities and
 * no others (MMIN, Zhao et al. 2021). Below 1 the pattern is *random*: each other modality is withheld from that share of
 * the samples, each for itself (GCNet, Lian et al. 2022; there for all modalities alike).
 */
import type { Engine, FusionPlugin, Split } from '@interfuse/core';
import { drawKey, hashString, uniformAt } from '@interfuse/nn';
import {
  type BatchSource,
  evaluateStep,
  predictionSize,
  predictWith,
  score,
  type Withheld,
} from '@interfuse/training/loop';
import type { RunPlan } from '../experiment/plan.js';
import type { TestKey } from './open-test.js';
import type { Figures } from './result.js';
import type { RunData } from './run-data.js';
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
  readonly valid: CellFigures;
  readonly test: CellFigures;
}

/** `missing.json`: determined by the run alone. */
export interface MissingMatrix {
  readonly format: 1;
  readonly run: string;
  /** SHA-256 of the selected weights. */
  readonly weights: string;
  /** What the strategy declares that it does about what is missing. */
  readonly policy: FusionPlugin['missing'];
  readonly modalities: readonly string[];
  readonly rates: readonly number[];
  /** Nothing dropped first; then by subset, the largest first, and by rate. */
  readonly cells: readonly Cell[];
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
): Promise<MissingMatrix> {
  const { module, metrics, settings, plugin } = run.strategy;
  return withSelectedWeights(run, engine, async (store) => {
    const program = engine.compile(evaluateStep({ module, seed: run.seed }), store);
    const valid = await data.valid();
    const test = await data.test(key);

    async function evaluate({ split, source }: { split: Split; source: BatchSource }, withheld: Withheld) {
      const batchSize = predictionSize(settings);
      const predictions = await predictWith(program, { source, batchSize, withheld, ...(signal ? { signal } : {}) });
      return { figures: score(metrics, predictions, source), withoutAny: countEmpty(split, source, withheld) };
    }

    const { modalities } = valid.source;
    const patterns = patternsOf(modalities);
    const cells: Cell[] = [];
    for (const [index, { kept, rate }] of patterns.entries()) {
      onCell?.(index, patterns.length);
      const withheldIn = ({ name }: Split) => droppedOutside(kept, rate, name);
      cells.push({
        kept,
        rate,
        valid: await evaluate(valid, withheldIn(valid.split)),
        test: await evaluate(test, withheldIn(test.split)),
      });
    }
    return {
      format: 1,
      run: run.name,
      weights: test.receipt.checkpoint,
      policy: plugin.missing,
      modalities,
      rates: dropRates,
      cells,
    };
  });
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
 * The same samples go without for every strategy and seed, and what is dropped at a rate is dropped at every higher one:
 * rows differ by what is missing, not by chance.
 */
export function droppedOutside(kept: readonly string[], rate: number, split: string): Withheld {
  return (row, modality) =>
    !kept.includes(modality) && uniformAt(drawKey(0, 0, hashString(`missing/${split}/${modality}`)), row) < rate;
}

function countEmpty({ samples }: Split, source: BatchSource, withheld: Withheld): number {
  return samples.filter((_, row) => source.present(row).every((modality) => withheld(row, modality))).length;
}
