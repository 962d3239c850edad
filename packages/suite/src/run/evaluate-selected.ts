/** Evaluates the selected weights of a run on validation and then, under a locked plan and against a receipt, on test. */
import type { Engine, TestReceipt } from '@interfuse/core';
import { predict, predictionSize, score } from '@interfuse/training/loop';
import type { RunPlan } from '../experiment/plan.js';
import { figuresByTag } from './by-tag.js';
import { constantPrediction } from './constant-prediction.js';
import type { TestKey } from './open-test.js';
import { predictionsCsv } from './predictions.js';
import type { RunResult } from './result.js';
import type { OpenedSplit, RunData } from './run-data.js';
import { withSelectedWeights } from './selected-weights.js';

export interface Evaluation extends Pick<RunResult, 'valid' | 'test' | 'byTag' | 'constant'> {
  readonly receipt: TestReceipt;
  /** Text of `predictions.csv`. */
  readonly predictions: string;
}

export async function evaluateSelected(run: RunPlan, engine: Engine, data: RunData, key: TestKey): Promise<Evaluation> {
  const { module, metrics, dataset, settings } = run.strategy;
  const { task } = dataset.spec;
  return withSelectedWeights(run, engine, async (store) => {
    const { split: train } = await data.train();
    const known = train.samples.flatMap(({ labels }) => labels.task ?? []);
    const constant = constantPrediction(task, known);

    async function evaluate({ split, source }: OpenedSplit) {
      const batchSize = predictionSize(settings);
      const values = await predict({ engine, store, module, source, seed: run.seed, batchSize });
      const ofConstant = score(metrics, constant.repeat(source.size), source);
      return { predictions: { split, values }, figures: score(metrics, values, source), ofConstant };
    }

    const valid = await evaluate(await data.valid());
    const opened = await data.test(key);
    const test = await evaluate(opened);
    const byTag = figuresByTag(metrics, opened.split.samples, test.predictions.values);
    return {
      receipt: opened.receipt,
      valid: valid.figures,
      test: test.figures,
      ...(Object.keys(byTag).length === 0 ? {} : { byTag }),
      constant: { name: constant.name, value: constant.value, valid: valid.ofConstant, test: test.ofConstant },
      predictions: predictionsCsv(task, [valid.predictions, test.predictions]),
    };
  });
}
