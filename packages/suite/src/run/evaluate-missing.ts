/** Evaluates the selected weights of a trained run with modalities missing. */
import type { Engine, Store } from '@interfuse/core';
import { drawKey, hashString, uniformAt } from '@interfuse/nn';
import { evaluateStep, predictionSize, predictWith, score, type Withheld } from '@interfuse/training/loop';
import type { RunPlan } from '../experiment/plan.js';
import {
  type Cell,
  type CellFigures,
  dropRates,
  type MissingMatrix,
  patternsOf,
  patternsReported,
  type WholeMatrix,
} from './missing-matrix.js';
import type { TestKey } from './open-test.js';
import type { RunResult } from './result.js';
import type { OpenedSplit, RunData } from './run-data.js';
import { withSelectedWeights } from './selected-weights.js';

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
