/** One run from plan to result, in this process, on a small dataset. */
import { existsSync } from 'node:fs';
import { cp, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { checkpointFolder } from '@interfuse/lm-adapters';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { writeSmallExperiment } from '../../test/small-experiment.js';
import { type Experiment, openExperiment } from '../experiment/open-experiment.js';
import { planRuns, type RunPlan } from '../experiment/plan.js';
import { LockedPlan } from '../experiment/plan-lock.js';
import { executeRun } from './execute-run.js';
import { openFinishedRun } from './open-run.js';
import { readResult } from './result.js';

const silent = { debug() {}, info() {}, warn() {} };

let template: string;
let folder: string;
beforeAll(async () => {
  template = await mkdtemp(join(tmpdir(), 'interfuse-run-'));
  await writeSmallExperiment(template, {
    fusion: { use: 'unimodal', options: { modality: 'audio' } },
    engine: 'cpu',
    seeds: 1,
  });
});
afterAll(() => rm(template, { recursive: true }));
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'interfuse-run-'));
  await cp(template, folder, { recursive: true });
});
afterEach(() => rm(folder, { recursive: true }));

async function plan(...overrides: string[]): Promise<{ experiment: Experiment; run: RunPlan }> {
  const request = { workingFolder: folder, configFile: 'config.json', overrides };
  const experiment = await openExperiment(request, silent);
  const [run] = (await planRuns(experiment)) as [RunPlan];
  return { experiment, run };
}

async function execute(...overrides: string[]): Promise<RunPlan> {
  const { experiment, run } = await plan(...overrides);
  expect(await executeRun(experiment, run, await LockedPlan.lock(experiment, [run]))).toBe('finished');
  return run;
}

const text = (run: RunPlan, file: string) => readFile(join(run.folder, file), 'utf8');

describe('a plan', () => {
  it('makes no folder', async () => {
    await plan();
    expect(await readdir(folder)).toEqual(['config.json', 'data']);
  });

  it('names a run by what determines its result, and by nothing else', async () => {
    const { run } = await plan();
    expect(run.name).toMatch(/^unimodal-s1-[0-9a-f]{8}$/);
    for (const same of ['output=elsewhere', 'name=other', 'training.accumulate=1', 'seeds=1,2']) {
      expect((await plan(same)).run.name).toBe(run.name);
    }
    const others = ['seeds=2', 'training.epochs=3', 'fusion.options.hidden=8', 'evaluation.select=Corr', 'engine=wasm'];
    const names = await Promise.all(others.map(async (other) => (await plan(other)).run.name.slice(-8)));
    expect(new Set([run.name.slice(-8), ...names]).size).toBe(others.length + 1);
  });

  it('of changed data is another run', async () => {
    const { run } = await plan();
    await writeSmallExperiment(join(folder, 'other'), {}, { step: 5 });
    await rm(join(folder, 'data'), { recursive: true });
    await cp(join(folder, 'other', 'data'), join(folder, 'data'), { recursive: true });
    const { run: changed } = await plan();
    expect(changed.name).not.toBe(run.name);
    expect({ ...changed.identity, data: run.identity.data }).toEqual(run.identity);
  });
});

describe('a strategy that goes word by word', () => {
  const wordly = 'fusion={use: ef-lstm, options: {times: approximate, width: 4, hidden: 4}}';

  it('is refused by a dataset that does not know when words are spoken, before anything is built', async () => {
    await expect(plan('fusion=ef-lstm')).rejects.toMatchObject({ code: 'PLUGIN_REQUIREMENT' });
    expect(await readdir(folder)).toEqual(['config.json', 'data']);
  });

  it.each(['ef-lstm', 'aligned-early', 'mag', 'mfn'])(
    '%s takes staged as it is, whose words have times',
    async (fusion) => {
      const { run } = await plan('data=staged', `fusion=${fusion}`);
      expect(run.identity.fusion.options).toMatchObject({ times: 'measured' });
      expect(run.identity.data.paces).toEqual({ audio: 8, vision: 8 });
    },
  );

  it('is another run where streams have another rate; no other strategy is', async () => {
    const [before, deaf] = [(await plan(wordly)).run, (await plan()).run];
    const file = join(folder, 'data', 'dataset.json');
    const described = JSON.parse(await readFile(file, 'utf8'));
    described.streams.audio.stepsPerSecond = 8;
    await writeFile(file, JSON.stringify(described));
    const { run } = await plan(wordly);
    expect([before.identity.data.paces, run.identity.data.paces]).toEqual([{}, { audio: 8 }]);
    expect(run.name).not.toBe(before.name);
    expect((await plan()).run.name).toBe(deaf.name);
  });

  it('runs from start to end', async () => {
    const run = await execute(wordly);
    expect((await readResult(run.folder, run.name)).test.MAE).toBeGreaterThan(0);
  });
});

describe('a plan with several language models', () => {
  const several = 'languageModel=[llama, {use: llama, options: {weights: random}}]';
  const strategies = 'fusion=[{use: unimodal, options: {modality: audio}}, late]';
  const planned = async (languageModel: string) => {
    const request = { workingFolder: folder, configFile: 'config.json', overrides: [languageModel, strategies] };
    const experiment = await openExperiment(request, silent);
    return { experiment, runs: await planRuns(experiment) };
  };

  it('has a run on each for a strategy that uses one, and one run for a strategy that does not', async () => {
    const { runs } = await planned(several);
    expect(runs.map(({ strategy }) => [strategy.plugin.id, strategy.choice.languageModel])).toEqual([
      ['unimodal', 0],
      ['late', 0],
      ['late', 1],
    ]);
  });

  it('names its runs as configs with one of them do', async () => {
    const names = async (languageModel: string) => (await planned(languageModel)).runs.map(({ name }) => name);
    const [audio, onFirst] = await names('languageModel=llama');
    const [, onSecond] = await names('languageModel={use: llama, options: {weights: random}}');
    expect(await names(several)).toEqual([audio, onFirst, onSecond]);
    expect(onFirst).not.toBe(onSecond);
  });

  it('stores with each run the one that it is on', async () => {
    const { experiment, runs } = await planned(several);
    const run = runs.at(-1) as RunPlan;
    await executeRun(experiment, run, await LockedPlan.lock(experiment, [run]));
    expect(JSON.parse(await text(run, 'config.json')).languageModel).toEqual([run.strategy.backbone]);
    const { run: reopened, changed } = await openFinishedRun(run.folder, silent);
    expect([reopened.identity.languageModel, changed]).toEqual([run.strategy.backbone, []]);
  });
});

it('the identity of a run with random weights holds the config and the tokenizer of the language model', async () => {
  const model = join(folder, 'model');
  await cp(
    checkpointFolder('stories260k', (path) => path),
    model,
    { recursive: true },
  );
  const override = 'languageModel={use: llama, options: {checkpoint: ./model, weights: random}}';
  const { run } = await plan(override);
  expect(Object.keys(run.identity.weights)).toEqual(
    expect.arrayContaining(['model/config.json', 'model/tokenizer.json']),
  );
  expect(Object.keys(run.identity.weights)).not.toContain('model/model.safetensors');
  const config = await readFile(join(model, 'config.json'), 'utf8');
  await writeFile(join(model, 'config.json'), config.replace(/}\s*$/, ', "note": "changed" }'));
  expect((await plan(override)).run.name).not.toBe(run.name);
});

it('a preset and the same options written out are one run', async () => {
  const steps = "encoders={'*': {use: transformer, options: {steps: 4}}}";
  const planned = async (slot: string) => (await plan(`fusion=${slot}`, 'languageModel=llama', steps)).run;
  const named = await planned('{use: deepmlf, preset: no-gate}');
  expect((await planned('{use: deepmlf, options: {gates: none}}')).name).toBe(named.name);
  expect((await planned('deepmlf')).name).not.toBe(named.name);
  expect(named.strategy.slot.preset).toBe('no-gate');
});

describe('adaptation', () => {
  it('is refused where a strategy reads no language model', async () => {
    await expect(plan('fusion.adaptation=feed-forward', 'languageModel=llama')).rejects.toMatchObject({
      code: 'CONFIG_WRONG_VALUE',
      place: 'fusion[0].adaptation',
    });
  });

  it('trains more, from states that are memoised before it', async () => {
    const text = ['languageModel=llama', 'fusion.options.modality=text', 'engine=onnx'];
    const { run: frozen } = await plan(...text);
    const run = await execute(...text, 'fusion.adaptation=feed-forward');
    // Three feed-forwards of the five blocks: gate, norm [64], and two matrices [172, 64] and one [64, 172] each.
    expect(run.strategy.parameters.trained - frozen.strategy.parameters.trained).toBe(3 * (1 + 64 + 3 * 64 * 172));
    expect((await readResult(run.folder, run.name)).valid.MAE).toBeGreaterThan(0);
  });
});

describe('a run', () => {
  it('leaves config, manifest, metrics, predictions, receipt, cost and result', async () => {
    const { experiment, run } = await plan();
    await execute();
    expect(await readdir(run.folder)).toEqual([
      'checkpoint',
      'config.json',
      'cost.json',
      'events.out.tfevents.interfuse',
      'manifest.json',
      'metrics.jsonl',
      'predictions.csv',
      'receipt.json',
      'result.json',
    ]);
    const result = await readResult(run.folder, run.name);
    expect(result).toMatchObject({ run: run.name, seed: 1, epochs: 2, constant: { name: 'training median' } });
    // Validation is computed again with the selected weights.
    expect(result.valid.MAE).toBe(result.selected.value);
    expect((await text(run, 'metrics.jsonl')).trim().split('\n')).toHaveLength(2);
    // Nine validation samples, ten of test, and the titles.
    expect((await text(run, 'predictions.csv')).trim().split('\n')).toHaveLength(20);
    expect(JSON.parse(await text(run, 'config.json'))).toMatchObject({ seeds: [1], training: { warmup: 0.1 } });
    expect(JSON.parse(await text(run, 'receipt.json'))).toEqual({
      run: run.name,
      checkpoint: result.weights,
      plan: (await LockedPlan.lock(experiment, [run])).hash,
    });
  });

  it('gives the same bytes twice', async () => {
    const [one, other] = [await execute(), await execute('output=elsewhere')];
    expect(other.folder).not.toBe(one.folder);
    for (const file of ['result.json', 'predictions.csv', 'metrics.jsonl', 'receipt.json']) {
      expect(await text(other, file)).toBe(await text(one, file));
    }
  });

  it('that is finished is left alone', async () => {
    const { folder: runFolder } = await execute();
    await rm(join(runFolder, 'checkpoint'), { recursive: true });
    await execute();
    expect(existsSync(join(runFolder, 'checkpoint'))).toBe(false);
  });

  it('that was stopped resumes, and ends as if it had not been', async () => {
    const { experiment, run } = await plan('training.epochs=4');
    const stop = new AbortController();
    const epochs: number[] = [];
    const onEpoch = ({ epoch }: { epoch: number }) => {
      epochs.push(epoch);
      if (epoch === 1) stop.abort();
    };
    expect(
      await executeRun(experiment, run, await LockedPlan.lock(experiment, [run]), { signal: stop.signal, onEpoch }),
    ).toBe('interrupted');
    expect(existsSync(join(run.folder, 'receipt.json'))).toBe(false);
    expect(await executeRun(experiment, run, await LockedPlan.lock(experiment, [run]), { onEpoch })).toBe('finished');
    expect(epochs).toEqual([0, 1, 2, 3]);
    const whole = await execute('training.epochs=4', 'output=elsewhere');
    expect(await text(run, 'result.json')).toBe(await text(whole, 'result.json'));
  });

  it('that fails before its first epoch has ended leaves no folder', async () => {
    const { experiment, run } = await plan('training.learningRate=1e38', 'training.warmup=0', 'training.clipNorm=0');
    await expect(executeRun(experiment, run, await LockedPlan.lock(experiment, [run]))).rejects.toMatchObject({
      code: 'TRAINING_DIVERGED',
    });
    expect(existsSync(run.folder)).toBe(false);
  });
});

describe('the test split', () => {
  it('does not open for other weights than it was opened for', async () => {
    const run = await execute();
    await rm(join(run.folder, 'result.json'));
    const { experiment } = await plan();
    await writeFile(join(run.folder, 'receipt.json'), JSON.stringify({ run: run.name, checkpoint: 'a'.repeat(64) }));
    await expect(executeRun(experiment, run, await LockedPlan.lock(experiment, [run]))).rejects.toMatchObject({
      code: 'TEST_ALREADY_OPENED',
    });
  });

  it('is not touched before the weights are selected', async () => {
    const { experiment, run } = await plan();
    const { dataset } = run.strategy;
    const opened: string[] = [];
    const watched = {
      spec: dataset.spec,
      open(split: 'train' | 'valid') {
        opened.push(split);
        return dataset.open(split);
      },
      async openTest(receipt: Parameters<typeof dataset.openTest>[0]) {
        opened.push(existsSync(join(run.folder, 'receipt.json')) ? 'test, with receipt' : 'test');
        return dataset.openTest(receipt);
      },
    };
    const strategy = { ...run.strategy, dataset: watched };
    const observed = { ...run, strategy };
    await executeRun(experiment, observed, await LockedPlan.lock(experiment, [observed]), {
      onEpoch: ({ epoch }) => opened.push(`epoch ${epoch}`),
    });
    expect(opened).toEqual(['train', 'valid', 'epoch 0', 'epoch 1', 'test, with receipt']);
  });
});
