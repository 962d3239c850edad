/** `interfuse plan`: what would run, what is there already, and that no large file is read for it. */
import { mkdtemp, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { writeSmallExperiment } from '../../test/small-experiment.js';
import { quickDigest } from '../experiment/existing-runs.js';
import { type Experiment, openExperiment } from '../experiment/open-experiment.js';
import { planRuns, type RunPlan } from '../experiment/plan.js';
import { LockedPlan } from '../experiment/plan-lock.js';
import { stagesOf } from '../experiment/stages-of.js';
import { executeRun } from '../run/execute-run.js';
import { readResult } from '../run/result.js';
import { plan } from './plan.js';
import { planExperiment } from './planned-experiment.js';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'interfuse-plan-'));
});
afterEach(() => rm(folder, { recursive: true }));

const logger = { debug: () => undefined, info: () => undefined, warn: () => undefined };
const request = () => ({ workingFolder: folder, configFile: join(folder, 'config.json'), overrides: [] });
const open = () => openExperiment(request(), logger);

/** A strategy that starts with the encoders of a stage, without a language model: it trains within a second. */
const staged = {
  languageModel: [],
  stages: { first: { fusion: { use: 'unimodal', options: { modality: 'audio' } }, training: { epochs: 1 } } },
  fusion: [
    { use: 'unimodal', options: { modality: 'audio' }, warmStart: { run: 'first', select: '**' } },
    { use: 'unimodal', options: { modality: 'vision' } },
  ],
  training: { epochs: 2, batchSize: 8 },
  seeds: [1],
};

describe('the plan of an experiment', () => {
  it('tells parameters by part, epochs, memory, operations and seeds of every strategy', async () => {
    await writeSmallExperiment(folder, {
      training: { epochs: 2, batchSize: 5, accumulate: 2, accumulationTail: 'drop' },
    });
    const { dataset, strategies } = await planExperiment(await open());
    expect(dataset).toEqual({ name: 'small', samples: { train: 24, valid: 9, test: 10 } });
    expect(strategies.map(({ strategy, backbone }) => [strategy, backbone])).toEqual([
      ['unimodal', undefined],
      ['late', 'llama'],
    ]);
    for (const { parameters, parts, memory, flops, epochs, runs } of strategies) {
      for (const kind of ['total', 'trained'] as const) {
        expect(parts.reduce((sum, part) => sum + part[kind], 0)).toBe(parameters[kind]);
      }
      expect(memory.parameters).toBe(4 * parameters.total);
      expect(flops?.training).toBeGreaterThan(flops?.prediction as number);
      // 24 samples in fives: four micro-batches and one of 4, the last of them dropped.
      expect(epochs).toEqual({ most: 2, batches: 5, updates: 2, dropped: 1 });
      expect(runs).toEqual([
        { seed: 1, state: 'open' },
        { seed: 2, state: 'open' },
      ]);
    }
    expect(strategies[1]?.parts.find(({ part }) => part === 'languageModel')?.trained).toBe(0);
  });

  it('counts operations of streams that are to be standardised as of those that are not', async () => {
    await writeSmallExperiment(folder, staged);
    const standardised = "data.transforms={'*': [{standardise: true}]}";
    const other = await openExperiment({ ...request(), overrides: [standardised] }, logger);
    const counts = async (experiment: Experiment) =>
      (await planExperiment(experiment)).strategies.map(({ flops }) => flops?.training);
    expect(await counts(other)).toEqual(await counts(await open()));
  });

  it('finds the runs that are there, behind their stages', async () => {
    await writeSmallExperiment(folder, staged);
    const experiment = await open();
    const states = async () =>
      (await planExperiment(experiment)).strategies.map(({ stage, runs }) => [stage, runs[0]?.state, runs[0]?.run]);
    expect(await states()).toEqual([
      ['first', 'open', undefined],
      [undefined, 'open', undefined],
      [undefined, 'open', undefined],
    ]);
    const runs = await planRuns(experiment);
    const [started, other] = runs as [RunPlan, RunPlan];
    const [stage] = stagesOf(runs) as [RunPlan];
    const planned = (await planExperiment(experiment)).strategies;
    await executeRun(experiment, stage, await LockedPlan.lock(experiment, [stage]));
    await executeRun(experiment, started, await LockedPlan.lock(experiment, [started]));
    for (const [index, run] of [stage, started].entries()) {
      expect((await readResult(run.folder, run.name)).flops).toEqual(planned[index]?.flops);
    }
    expect(await states()).toEqual([
      ['first', 'finished', stage.name],
      [undefined, 'finished', started.name],
      [undefined, 'open', undefined],
    ]);
    const { scope } = other.strategy;
    await scope.dispose();
    // Another learning rate is another run.
    const changed = await openExperiment({ ...request(), overrides: ['training.learningRate=0.5'] }, logger);
    const { strategies } = await planExperiment(changed);
    expect(strategies.map(({ runs: [run] }) => run?.state)).toEqual(['finished', 'open', 'open']);
  });

  it('is printed for people and for programs', async () => {
    await writeSmallExperiment(folder, staged);
    const written: string[] = [];
    const out = { write: (text: string) => written.push(text) };
    const context = { terminal: { out, error: out }, workingFolder: folder, signal: new AbortController().signal };
    expect(await plan(request(), { json: false }, context as never)).toBe(0);
    expect(await plan(request(), { json: true }, context as never)).toBe(0);
    expect(written[0]).toContain('stage first: unimodal');
    expect(written[0]).toContain('3 optimizer steps');
    expect(JSON.parse(written[1] as string).strategies).toHaveLength(3);
  });
});

it('files of weights are not read for it, small files are', async () => {
  const [weights, config] = [join(folder, 'weights'), join(folder, 'config')];
  await writeFile(weights, '');
  await truncate(weights, 17e6);
  await writeFile(config, '');
  expect(await quickDigest(weights)).toBe('unread');
  // SHA-256 of nothing, as every table of test vectors has it.
  expect(await quickDigest(config)).toBe('e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855');
});
