/** `interfuse lm save`: what a run has made of its language model, written, loaded again, and predicting the same. */
import { existsSync } from 'node:fs';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readAllTensors } from '@interfuse/safetensors';
import { bestWeightsFile, modelLeaves, predict } from '@interfuse/training/loop';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { commandIn } from '../../test/command-in-process.js';
import { withRun, writeEveryStrategy } from '../../test/every-strategy.js';
import { openExperiment } from '../experiment/open-experiment.js';
import { planRuns, type RunPlan } from '../experiment/plan.js';
import { LockedPlan } from '../experiment/plan-lock.js';
import { executeRun } from './execute-run.js';
import { openRunData } from './run-data.js';
import { readJson } from './run-folder.js';

const silent = { debug() {}, info() {}, warn() {} };

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'interfuse-saved-'));
  await writeEveryStrategy(folder);
});
afterAll(() => rm(folder, { recursive: true }));

async function finished(strategy: string, ...more: string[]): Promise<RunPlan> {
  const overrides = [
    `fusion=${strategy}`,
    'engine.use=onnx',
    'training.learningRate=0.01',
    'training.epochs=1',
    ...more,
  ];
  const experiment = await openExperiment({ workingFolder: folder, configFile: 'config.json', overrides }, silent);
  const [run] = (await planRuns(experiment)) as [RunPlan];
  expect(await executeRun(experiment, run, await LockedPlan.lock(experiment, [run]))).toBe('finished');
  await run.strategy.scope.dispose();
  return run;
}

const save = (...args: string[]) => commandIn(folder, ['lm', 'save', ...args]);

/** Validation predictions with the weights of a finished run around the language model of these options. */
async function predictions(run: RunPlan, strategy: string, overrides: readonly string[]): Promise<number[]> {
  return withRun(folder, strategy, overrides, async (other, engine) => {
    const { module } = other.strategy;
    const store = engine.createStore();
    const leaves = modelLeaves(module);
    await store.allocate(leaves, run.seed);
    const best = Object.entries(await readAllTensors(await bestWeightsFile(run.folder)));
    const kept = best.filter(([path]) => !path.startsWith('parameters/languageModel/'));
    await store.write(
      Object.fromEntries(kept.map(([path, tensor]) => [path, { ...tensor, type: 'float32' as const }])),
    );
    const data = openRunData(other, engine);
    const { source } = await data.valid();
    const values = await predict({ engine, store, module, source, seed: run.seed, batchSize: 9 });
    await data.close();
    store.dispose?.();
    return Array.from(values);
  });
}

/** What the run itself has written for its validation samples. */
async function written({ folder: at }: RunPlan): Promise<number[]> {
  const [head = '', ...lines] = (await readFile(join(at, 'predictions.csv'), 'utf8')).trim().split('\n');
  const columns = head.split(',');
  const rows = lines.map((line) => line.split(','));
  return rows
    .filter((row) => row[columns.indexOf('split')] === 'valid')
    .map((row) => Number(row[columns.indexOf('prediction')]));
}

function expectSame(actual: readonly number[], expected: readonly number[]): void {
  expect(actual.length).toBe(expected.length);
  expected.forEach((value, i) => {
    expect(Math.abs((actual[i] as number) - value)).toBeLessThan(1e-4);
  });
}

const tuned = ['languageModel.options.train=lora', 'languageModel.options.lora={"rank":4,"dropout":0.1}'];

describe('a run of which low-rank additions to the language model train', () => {
  let run: RunPlan;
  beforeAll(async () => {
    run = await finished('late', ...tuned, 'training.pieceSize=4');
  }, 60_000);

  it('says what trains in its manifest and its result, and what memory that takes', async () => {
    const manifest = await readJson<Record<string, unknown>>(run.folder, 'manifest');
    const additions = 5 * 4 * (2 * (64 + 64) + 2 * (64 + 32) + 3 * (64 + 172));
    const { total, trained } = run.strategy.parameters;
    const parameters = { languageModel: { train: 'lora', total: 260_032 + additions, trained: additions } };
    expect(manifest.parameters).toMatchObject(parameters);
    expect(await readJson(run.folder, 'result')).toMatchObject({ parameters });
    // Two moments to a value, and two counters; gradients twice, since pieces accumulate.
    expect(manifest.memory).toEqual({
      parameters: 4 * total,
      gradients: 2 * 4 * trained,
      optimizer: 2 * 4 * trained + 8,
    });
  });

  it('gives an adapter, with which another run starts where it ended', async () => {
    expect(await save(run.folder, 'adapter')).toMatchObject({ code: 0, error: '' });
    expect((await readdir(join(folder, 'adapter'))).sort()).toEqual([
      'adapter_config.json',
      'adapter_model.safetensors',
    ]);
    const from = ['languageModel.options.train=lora', 'languageModel.options.lora.from=./adapter'];
    expectSame(await predictions(run, 'late', from), await written(run));
  });

  it('gives a whole checkpoint, which predicts the same when it is frozen', async () => {
    expect(await save(run.folder, 'merged', '--merged')).toMatchObject({ code: 0, error: '' });
    expectSame(await predictions(run, 'late', ['languageModel.options.checkpoint=./merged']), await written(run));
    // The additions have learned something: without them it predicts something else.
    const without = await predictions(run, 'late', []);
    const apart = (await written(run)).map((value, i) => Math.abs(value - (without[i] as number)));
    expect(Math.max(...apart)).toBeGreaterThan(1e-3);
  });

  it('is not saved over a folder that is there', async () => {
    expect(await save(run.folder, 'data')).toMatchObject({ code: 2, error: expect.stringContaining('FILE_EXISTS') });
  });
});

it('a run of which the last block trains gives a whole checkpoint, and no adapter', async () => {
  const run = await finished('unimodal', 'languageModel.options.train=last:1');
  expect(await save(run.folder, 'none')).toMatchObject({ code: 2, error: expect.stringContaining('--merged') });
  expect(existsSync(join(folder, 'none'))).toBe(false);
  expect(await save(run.folder, 'last', '--merged')).toMatchObject({ code: 0, error: '' });
  expectSame(await predictions(run, 'unimodal', ['languageModel.options.checkpoint=./last']), await written(run));
});
