/** Runs that start with the weights of a stage, in this process, on a small dataset. */
import { cp, mkdtemp, readFile, rename, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { readAllTensors, type StoredTensor } from '@interfuse/safetensors';
import { bestWeightsFile, loadWarmStart, modelLeaves } from '@interfuse/training/loop';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { writeSmallExperiment } from '../../test/small-experiment.js';
import { type Experiment, openExperiment } from '../experiment/open-experiment.js';
import { planRuns, planStage, type RunPlan } from '../experiment/plan.js';
import { LockedPlan } from '../experiment/plan-lock.js';
import { stagesOf } from '../experiment/stages-of.js';
import { evaluateSelected } from './evaluate-selected.js';
import { executeRun } from './execute-run.js';
import type { Manifest } from './manifest.js';
import { openFinishedRun } from './open-run.js';
import { OpenedBefore } from './opened-before.js';
import { readResult } from './result.js';
import { openRunData } from './run-data.js';

const silent = { debug() {}, info() {}, warn() {} };
const encoder = (width: number, steps: number) => ({
  use: 'transformer',
  options: { width, layers: 1, heads: 2, steps, batchNorm: true },
});

const deepmlf = 'fusion={use: deepmlf, options: {tokens: 2, depth: 1}, warmStart: {run: encoders, select: streams/**}}';

let template: string;
let folder: string;
beforeAll(async () => {
  template = await mkdtemp(join(tmpdir(), 'interfuse-stages-'));
  await writeSmallExperiment(template, {
    encoders: { '*': encoder(6, 4) },
    fusion: { use: 'stream-encoder', options: { pool: 'mean' }, warmStart: { run: 'encoders', select: 'streams/**' } },
    stages: {
      encoders: {
        fusion: 'stream-encoder',
        encoders: { '*': encoder(6, 3) },
        training: { epochs: 1, batchSize: 8 },
      },
    },
    // So little that no weight changes.
    training: { epochs: 1, batchSize: 8, learningRate: 1e-30, weightDecay: 0 },
    engine: 'wasm',
    seeds: [1, 2],
  });
});
afterAll(() => rm(template, { recursive: true }));
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'interfuse-stages-'));
  await cp(template, folder, { recursive: true });
});
afterEach(() => rm(folder, { recursive: true }));

const open = (...overrides: string[]): Promise<Experiment> =>
  openExperiment({ workingFolder: folder, configFile: 'config.json', overrides }, silent);
const plan = async (...overrides: string[]): Promise<RunPlan[]> => planRuns(await open(...overrides));
const first = async (...overrides: string[]): Promise<RunPlan> => (await plan(...overrides))[0] as RunPlan;

async function execute(run: RunPlan, ...overrides: string[]): Promise<void> {
  const experiment = await open(...overrides);
  expect(await executeRun(experiment, run, await LockedPlan.lock(experiment, [run]))).toBe('finished');
}
const selected = async (run: string): Promise<Record<string, StoredTensor>> =>
  readAllTensors(await bestWeightsFile(run));
const manifestOf = async (run: RunPlan): Promise<Manifest> =>
  JSON.parse(await readFile(join(run.folder, 'manifest.json'), 'utf8'));

describe('a run after a stage', () => {
  it('starts with the weights that the stage with the same seed selected, and says what did not match', async () => {
    const runs = await plan(deepmlf);
    const stages = stagesOf(runs);
    expect(stages.map(({ seed, strategy }) => [seed, strategy.stage])).toEqual([
      [1, 'encoders'],
      [2, 'encoders'],
    ]);
    const [run] = runs as [RunPlan];
    const [stage] = stages as [RunPlan];
    expect(run.warmStarts[0]?.folder).toBe(stage.folder);
    await execute(stage);
    await execute(run, deepmlf);
    const [before, after] = [await selected(stage.folder), await selected(run.folder)];
    const shared = Object.keys(before).filter((name) => name.startsWith('parameters/streams/'));
    expect(shared.length).toBeGreaterThan(20);
    for (const name of shared) expect(after[name]?.data, name).toEqual(before[name]?.data);
    const { warmStart, identity } = await manifestOf(run);
    expect(warmStart).toEqual([
      {
        run: 'encoders',
        select: 'streams/**',
        folder: relative(run.folder, stage.folder),
        leaves: Object.keys(before).filter((name) => name.includes('/streams/')).length,
        elements: expect.any(Number),
        notInModel: [],
        notInCheckpoint: ['streams/norm/weight', 'streams/norm/bias'],
      },
    ]);
    expect(identity.warmStart?.[0]?.run).toMatch(/^[0-9a-f]{64}$/);
  });

  it('loads running statistics too', async () => {
    const run = await first();
    const [stage] = stagesOf([run]) as [RunPlan];
    await execute(stage);
    const store = (await run.strategy.scope.engine()).createStore();
    await store.allocate(modelLeaves(run.strategy.module), 1);
    const found = Object.keys(await selected(stage.folder)).filter((each) => each.startsWith('state/streams/'));
    expect(found.length).toBe(4);
    const before = await store.read(found);
    await loadWarmStart(stage.folder, store, run.warmStarts[0] as NonNullable<RunPlan['warmStarts'][number]>);
    const after = await store.read(found);
    for (const each of found) {
      expect(after[each]?.data, each).toEqual((await selected(stage.folder))[each]?.data);
      expect(after[each]?.data, each).not.toEqual(before[each]?.data);
    }
  });

  it('is named by all that determines the stage, by what is selected, and not by the name of the stage', async () => {
    const { name } = await first();
    const changed = ['stages.encoders.training.epochs=2', 'stages.encoders.fusion.options.pool=mean'];
    for (const change of [...changed, 'fusion.warmStart.select=streams/join/**', 'fusion.warmStart=null']) {
      expect((await first(change)).name, change).not.toBe(name);
    }
    const { stages } = JSON.parse(await readFile(join(folder, 'config.json'), 'utf8'));
    const renamed = `stages={begin: ${JSON.stringify(stages.encoders)}}`;
    expect((await first(renamed, 'fusion.warmStart.run=begin')).name).toBe(name);
  });

  it('does not start before its stage has finished', async () => {
    const run = await first();
    const experiment = await open();
    const plan = await LockedPlan.lock(experiment, [run]);
    await expect(executeRun(experiment, run, plan)).rejects.toMatchObject({ code: 'FILE_NOT_FOUND' });
  });

  it('is continued after an interruption as if it had never stopped, without loading again', async () => {
    const longer = ['training.epochs=2', 'training.learningRate=0.01'];
    const run = await first(...longer);
    const [stage] = stagesOf([run]) as [RunPlan];
    await execute(stage);
    await execute(run, ...longer);
    const whole = await readResult(run.folder, run.name);
    await rm(run.folder, { recursive: true });
    const stop = new AbortController();
    const again = await first(...longer);
    const hooks = { signal: stop.signal, onEpoch: () => stop.abort() };
    const experiment = await open(...longer);
    const plan = await LockedPlan.lock(experiment, [again]);
    expect(await executeRun(experiment, again, plan, hooks)).toBe('interrupted');
    await execute(await first(...longer), ...longer);
    expect(await readResult(run.folder, run.name)).toEqual(whole);
  });

  it('opens again when its stage is gone', async () => {
    const run = await first();
    const [stage] = stagesOf([run]) as [RunPlan];
    await execute(stage);
    await execute(run);
    await rm(stage.folder, { recursive: true });
    const { run: reopened, changed } = await openFinishedRun(run.folder, silent);
    expect([changed, reopened.identity]).toEqual([[], run.identity]);
    const engine = await reopened.strategy.scope.engine();
    const data = openRunData(reopened, engine);
    const { test } = await evaluateSelected(reopened, engine, data, await OpenedBefore.by(reopened));
    await data.close();
    expect(test).toEqual((await readResult(run.folder, run.name)).test);
  });
});

describe('a run folder to start with', () => {
  it('is found by a path with the seed in it, and counts by its selected weights', async () => {
    const [stage] = (await planStage(await open(), 'encoders')) as [RunPlan];
    await execute(stage);
    const path = './runs/stream-encoder-s{seed}-*';
    const run = await first(`fusion.warmStart.run=${path}`, 'seeds=1');
    expect(run.warmStarts[0]).toMatchObject({ folder: stage.folder, identity: { select: 'streams/**' } });
    expect(run.identity.warmStart?.[0]?.weights).toMatch(/^[0-9a-f]{64}$/);
    await execute(run);
    await rename(stage.folder, join(folder, 'elsewhere'));
    const moved = await first('fusion.warmStart.run=./elsewhere', 'seeds=1');
    expect(moved.name).toBe(run.name);
  });

  it('has to be there, once', async () => {
    await expect(plan('fusion.warmStart.run=./runs/none')).rejects.toMatchObject({ code: 'FILE_NOT_FOUND' });
    await expect(plan('fusion.warmStart.run=./runs/none-*')).rejects.toMatchObject({
      code: 'CONFIG_WRONG_VALUE',
      place: 'fusion[0].warmStart[0].run',
      got: 'none',
    });
  });
});

describe('what does not fit', () => {
  it('is found before anything is trained', async () => {
    const wide = `stages.encoders.encoders={'*': {use: transformer, options: {width: 8, layers: 1, heads: 2, steps: 3}}}`;
    await expect(plan(wide)).rejects.toMatchObject({
      code: 'CHECKPOINT_MISMATCH',
      place: 'fusion[0].warmStart[0]',
      got: expect.stringContaining('streams/encoders/audio/projection/weight is [6, 4] here and [8, 4] there; '),
    });
  });

  it('is a leaf that two warm starts mean', async () => {
    const twice = 'fusion.warmStart=[{run: encoders, select: streams/**}, {run: encoders, select: streams/join/*}]';
    await expect(plan(twice)).rejects.toMatchObject({
      code: 'CONFIG_WRONG_VALUE',
      place: 'fusion[0].warmStart[1]',
      got: expect.stringContaining('streams/join/'),
    });
  });
});

it('a stage may come after another', async () => {
  const chain = `stages={base: {fusion: stream-encoder}, encoders: {fusion: {use: stream-encoder, options: {pool: mean}, warmStart: {run: base, select: '**'}}}}`;
  const run = await first(chain, 'seeds=3');
  expect(stagesOf([run]).map(({ strategy }) => strategy.stage)).toEqual(['base', 'encoders']);
  expect(run.warmStarts[0]?.stage?.warmStarts[0]?.report.notInCheckpoint).toEqual([]);
});
