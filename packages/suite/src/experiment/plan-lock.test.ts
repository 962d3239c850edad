/** Plans are locked before test opens: what comes later, and what is changed later, is told. */
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { writeSmallExperiment } from '../../test/small-experiment.js';
import { executeRun } from '../run/execute-run.js';
import { openTest } from '../run/open-test.js';
import { OpenedBefore } from '../run/opened-before.js';
import { type Experiment, openExperiment } from './open-experiment.js';
import { planRuns, type RunPlan } from './plan.js';
import { LockedPlan } from './plan-lock.js';

const silent = { debug() {}, info() {}, warn() {} };

let template: string;
let folder: string;
beforeAll(async () => {
  template = await mkdtemp(join(tmpdir(), 'interfuse-plans-'));
  const fusion = ['audio', 'vision'].map((modality) => ({ use: 'unimodal', options: { modality } }));
  await writeSmallExperiment(template, { fusion, engine: 'cpu', seeds: [1, 2] });
});
afterAll(() => rm(template, { recursive: true }));
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'interfuse-plans-'));
  await cp(template, folder, { recursive: true });
});
afterEach(() => rm(folder, { recursive: true }));

async function planned(...overrides: string[]): Promise<{ experiment: Experiment; runs: RunPlan[]; run: RunPlan }> {
  const experiment = await openExperiment({ workingFolder: folder, configFile: 'config.json', overrides }, silent);
  const runs = await planRuns(experiment);
  return { experiment, runs, run: runs[0] as RunPlan };
}

async function locked(...overrides: string[]): Promise<LockedPlan> {
  const { experiment, runs } = await planned(...overrides);
  return LockedPlan.lock(experiment, runs);
}

const file = () => join(folder, 'runs', 'small-plan.json');
const plans = async () => JSON.parse(await readFile(file(), 'utf8')).plans;

describe('a plan', () => {
  it('is written before the first run, with strategies, primary metric, margin, seeds and data', async () => {
    const { hash } = await locked('evaluation.margin=0.05');
    expect(await plans()).toMatchObject([
      {
        hash,
        openedBefore: 0,
        differs: [],
        strategies: [{ use: 'unimodal' }, { use: 'unimodal' }],
        primary: { metrics: { use: 'sentiment' }, select: 'MAE' },
        margin: 0.05,
        seeds: [1, 2],
        data: { name: 'small' },
      },
    ]);
  });

  it('is the same plan in another folder, under another name, and when it is locked again', async () => {
    const { hash } = await locked();
    for (const same of ['output=elsewhere', 'name=other', 'seeds=2,1']) expect((await locked(same)).hash).toBe(hash);
    expect(await plans()).toHaveLength(1);
  });

  it('is another plan with another metric, margin, seed or strategy', async () => {
    const changes = [
      'evaluation.select=Corr',
      'evaluation.margin=0.1',
      'seeds=1,2,3',
      'fusion.options.hidden=8',
      'fusion={use: unimodal, options: {modality: audio}}',
    ];
    const hashes = [(await locked()).hash];
    for (const change of changes) hashes.push((await locked(change)).hash);
    expect(new Set(hashes).size).toBe(changes.length + 1);
  });

  it('that is locked after runs have opened the test split says how many, and what differs; resumed, it does not', async () => {
    const { experiment, runs, run } = await planned();
    const plan = await LockedPlan.lock(experiment, runs);
    expect(await executeRun(experiment, run, plan)).toBe('finished');
    expect(await locked()).toMatchObject({ openedBefore: 0, differs: [] });
    expect(await locked('seeds=1,2,3')).toMatchObject({ openedBefore: 1, differs: ['seeds'] });
    const narrowed = await locked('evaluation.margin=0.1', 'fusion={use: unimodal, options: {modality: audio}}');
    expect(narrowed).toMatchObject({ openedBefore: 1, differs: ['margin', 'strategies'] });
    // What was locked late stays so.
    expect(await locked('seeds=1,2,3')).toMatchObject({ openedBefore: 1 });
    // Under another name the runs in the folder are still there.
    expect(await locked('name=fresh')).toMatchObject({ openedBefore: 1, differs: [] });
  });

  it('does not count runs on other data', async () => {
    const { experiment, runs, run } = await planned();
    await executeRun(experiment, run, await LockedPlan.lock(experiment, runs));
    await writeSmallExperiment(join(folder, 'other'), {}, { step: 5 });
    expect(await locked('data.options.path=other/data')).toMatchObject({ openedBefore: 0, differs: [] });
  });

  it('is opened by another process, and is refused when it is damaged or not there', async () => {
    const plan = await locked();
    expect((await LockedPlan.open(plan.reference)).hash).toBe(plan.hash);
    const other = { ...plan.reference, hash: '00' };
    await expect(LockedPlan.open(other)).rejects.toMatchObject({ code: 'PLAN_INVALID' });
    for (const text of ['{', 'null', '{"format":2}']) {
      await writeFile(file(), text);
      await expect(LockedPlan.open(plan.reference)).rejects.toMatchObject({ code: 'PLAN_INVALID' });
      await expect(locked()).rejects.toMatchObject({ code: 'PLAN_INVALID' });
    }
  });

  it('locked twice at once is there once', async () => {
    const { experiment, runs } = await planned();
    const both = await Promise.all([runs, runs.slice(0, 2)].map((some) => LockedPlan.lock(experiment, some)));
    expect(new Set(both.map(({ hash }) => hash)).size).toBe(2);
    expect(await plans()).toHaveLength(2);
  });
});

describe('the test split', () => {
  it('opens for no run that is not in the plan, and that run makes no folder', async () => {
    const { experiment, runs, run } = await planned();
    const narrow = await LockedPlan.lock(experiment, [run]);
    const other = runs.at(-1) as RunPlan;
    await expect(executeRun(experiment, other, narrow)).rejects.toMatchObject({ code: 'PLAN_INVALID' });
    await expect(readFile(join(other.folder, 'config.json'))).rejects.toMatchObject({ code: 'ENOENT' });
  });

  it('has the hash of the plan in its receipt, which opens it again', async () => {
    const { experiment, runs, run } = await planned();
    const plan = await LockedPlan.lock(experiment, runs);
    await executeRun(experiment, run, plan);
    const receipt = JSON.parse(await readFile(join(run.folder, 'receipt.json'), 'utf8'));
    expect(receipt).toMatchObject({ run: run.name, plan: plan.hash });
    const again = await openTest(run, run.strategy.dataset, await OpenedBefore.by(run));
    expect(again.receipt).toEqual(receipt);
    await again.split.close();
    await expect(OpenedBefore.by(runs.at(-1) as RunPlan)).rejects.toMatchObject({ code: 'RUN_INVALID' });
  });

  it('opens for nothing that only looks like a locked plan: the compiler refuses it', async () => {
    const { run } = await planned();
    const forged = {
      hash: '00',
      openedBefore: 0,
      differs: [],
      file: '',
      reference: { file: '', hash: '' },
      require() {},
    };
    // @ts-expect-error it lacks what only locking gives
    const open = () => openTest(run, run.strategy.dataset, forged);
    await expect(open()).rejects.toThrow();
  });
});
