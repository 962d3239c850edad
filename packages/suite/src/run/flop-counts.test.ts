/** The operations of whole strategies, held to what follows from their architecture. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { writeSmallExperiment } from '../../test/small-experiment.js';
import { openExperiment } from '../experiment/open-experiment.js';
import { planRuns, type RunPlan } from '../experiment/plan.js';
import { LockedPlan } from '../experiment/plan-lock.js';
import { executeRun } from './execute-run.js';
import { type FlopCounts, flopCounts } from './flop-counts.js';
import { readResult } from './result.js';

const silent = { debug() {}, info() {}, warn() {} };

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'interfuse-flops-'));
  await writeSmallExperiment(folder, { seeds: 1, languageModel: { use: 'gpt2', options: { checkpoint: 'prose1m' } } });
});
afterAll(() => rm(folder, { recursive: true }));

async function open(overrides: readonly string[]) {
  const experiment = await openExperiment({ workingFolder: folder, configFile: 'config.json', overrides }, silent);
  const [run] = (await planRuns(experiment)) as [RunPlan];
  return { experiment, run };
}

async function counted(...overrides: string[]): Promise<FlopCounts> {
  const { run } = await open(overrides);
  return (await flopCounts(run, ['task'])) as FlopCounts;
}

/** prose1m, as its config.json says, and the length of texts in the small experiment. */
const [width, blocks, length] = [128, 4, 12];

/** Products with weights in the blocks of a GPT-2, over so many positions: attention 4 D^2, feed-forward 8 D^2. */
const dense = (positions: number) => blocks * 2 * positions * 12 * width ** 2;
/** Scores, and the values that they weigh. */
const attention = (positions: number) => blocks * 2 * 2 * positions ** 2 * width;

const text = 'fusion={use: unimodal, options: {modality: text, hidden: 10}}';
/** Mean and last token of the text through the one hidden layer to the label. */
const head = 2 * (2 * width * 10 + 10);

describe('a head on a GPT-2', () => {
  it('takes in a prediction what its matrices say', async () => {
    expect((await counted(text)).prediction).toBe(dense(length) + attention(length) + head);
  });

  it('takes three times as much in training, where everything trains', async () => {
    const { prediction, training } = await counted(text, 'languageModel.options.train=all');
    expect(training).toBe(3 * prediction);
  });

  it('takes the language model forward and no more in training, where it is frozen', async () => {
    // The batch norm before the head trains, and so the head has a gradient by what it reads.
    expect((await counted(text)).training).toBe(dense(length) + attention(length) + 3 * head);
  });
});

it('a frozen language model that gradients go through takes none by its weights', async () => {
  const early = 'fusion={use: early, options: {slots: 3}}';
  const [frozen, trained] = [await counted(early), await counted(early, 'languageModel.options.train=all')];
  expect(frozen.prediction).toBe(trained.prediction);
  // Two streams of three slots before the text.
  expect(trained.training - frozen.training).toBe(dense(2 * 3 + length));
});

it('of longer texts is counted what they are padded to', async () => {
  expect((await counted(text, 'data.textLength=20')).prediction).toBe(dense(20) + attention(20) + head);
});

it('neither the size of batches nor how they are computed makes a difference', async () => {
  const counts = await counted(text);
  for (const override of ['training.batchSize=3', 'training.accumulate=4', 'training.pieceSize=2']) {
    expect(await counted(text, override)).toEqual(counts);
  }
});

it('eager and compiled engines tell the same, whatever the run has shared, and tells it in its result', async () => {
  const counts = await counted(text);
  for (const engine of ['wasm', 'onnx']) {
    const { experiment, run } = await open([text, `engine=${engine}`, 'training.epochs=1']);
    await executeRun(experiment, run, await LockedPlan.lock(experiment, [run]));
    await run.strategy.scope.dispose();
    expect((await readResult(run.folder, run.name)).flops).toEqual(counts);
  }
});

it('a strategy that cannot be traced has no count', async () => {
  const { run } = await open([text]);
  const { module } = run.strategy;
  const reading: typeof module.forward = (params, state, batch, pass) => {
    batch.rows.dataSync();
    return module.forward(params, state, batch, pass);
  };
  const strategy = { ...run.strategy, module: { ...module, forward: reading } };
  expect(await flopCounts({ ...run, strategy }, ['task'])).toBeUndefined();
});
