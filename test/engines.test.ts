/** The engines agree: whatever the strategy, the default engine trains as the plain one does, dropout included. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Engine, Split } from '@interfuse/core';
import { learningRateSchedule } from '@interfuse/training';
import {
  type BatchSource,
  createBatchSource,
  epochOrder,
  scalarFloat,
  scalarInt,
  trainingLeaves,
  trainStep,
} from '@interfuse/training/loop';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openExperiment } from '../packages/suite/src/experiment/open-experiment.js';
import { planRuns, type RunPlan } from '../packages/suite/src/experiment/plan.js';

const steps = 20;
/** What the losses of two engines may differ by, relative to the loss where it is larger than 1. */
const tolerance = 1e-4;
/** The built-in comparison, narrower and shorter: the plain engine takes up to a second a step. */
const overrides = [
  ...['data.textLength=8', 'encoders.*.options.width=16', 'encoders.*.options.steps=4'],
  ...['training.batchSize=4', 'seeds=1'],
];
const silent = { debug() {}, info() {}, warn() {} };

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'interfuse-engines-'));
});
afterAll(() => rm(folder, { recursive: true }));

describe('the first 20 steps of training on onnx give the losses of cpu', () => {
  it.each(['unimodal', 'early', 'late', 'shallow', 'deepmlf'])('%s', async (strategy) => {
    const [compiled, plain] = [await lossesOf(strategy, 'onnx'), await lossesOf(strategy, 'cpu')];
    expect(compiled).toHaveLength(steps + 1);
    // The last one is that of the first batch again: were nothing trained, agreement would say nothing.
    expect(Math.abs((plain[steps] as number) - (plain[0] as number))).toBeGreaterThan(10 * tolerance);
    const differences = compiled.map((loss, step) => {
      const expected = plain[step] as number;
      return Math.abs(loss - expected) / Math.max(1, Math.abs(expected));
    });
    expect(Math.max(...differences)).toBeLessThan(tolerance);
  });
});

/** The losses of the first steps, and then once more that of the first batch, with the dropout that it had. */
async function lossesOf(strategy: string, engineId: string): Promise<number[]> {
  const chosen = [`fusion.use=${strategy}`, `engine.use=${engineId}`];
  const experiment = await openExperiment({ workingFolder: folder, overrides: [...overrides, ...chosen] }, silent);
  const run = (await planRuns(experiment)).at(-1) as RunPlan;
  const { scope, dataset } = run.strategy;
  const split = await dataset.open('train');
  try {
    return await trainFor(run, await scope.engine(), openSource(run, split));
  } finally {
    await split.close();
    await scope.dispose();
  }
}

/**
 * The rates are those of the training loop, which begins with a warm-up. At the full rate from the first step on, Adam
 * amplifies rounding a hundredfold every few steps, on one engine as between two.
 */
async function trainFor({ seed, strategy }: RunPlan, engine: Engine, source: BatchSource): Promise<number[]> {
  const { module, settings, dataset } = strategy;
  const { batchSize, epochs } = settings;
  const store = engine.createStore();
  await store.allocate(trainingLeaves(module, settings), seed);
  const program = engine.compile(trainStep({ module, settings, seed, task: dataset.spec.task }), store);
  const rate = learningRateSchedule(settings, epochs * Math.ceil(source.size / batchSize));
  const order = epochOrder(source.size, seed, 0);
  const losses: number[] = [];
  for (let update = 0; update <= steps; update += 1) {
    const step = update % steps;
    const rows = Array.from(order.slice(step * batchSize, (step + 1) * batchSize));
    const scalars = { step: scalarInt(step), epoch: scalarInt(0), learningRate: scalarFloat(rate(update)) };
    const { loss } = await program.run({ ...(await source.batch(rows)), ...scalars });
    losses.push(loss?.data[0] as number);
  }
  store.dispose?.();
  return losses;
}

/** Padded alike for every engine: dropout is drawn by position, padding included. */
function openSource({ identity, strategy }: RunPlan, split: Split): BatchSource {
  const { dataset, languageModel } = strategy;
  return createBatchSource({
    split,
    streams: dataset.spec.streams,
    padding: 'fixed',
    textLength: identity.data.textLength,
    ...(languageModel === undefined ? {} : { tokenizer: languageModel.tokenizer }),
  });
}
