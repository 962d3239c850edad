/** Controls of a run: streams that tell nothing are part of what it is, wherever it is opened. */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { writeSmallExperiment } from '../../test/small-experiment.js';
import { openExperiment } from '../experiment/open-experiment.js';
import { planRuns, type RunPlan } from '../experiment/plan.js';
import { LockedPlan } from '../experiment/plan-lock.js';
import { evaluateSelected } from './evaluate-selected.js';
import { executeRun } from './execute-run.js';
import { openFinishedRun } from './open-run.js';
import { OpenedBefore } from './opened-before.js';
import { readResult } from './result.js';
import { openRunData } from './run-data.js';

const logger = { debug() {}, info() {}, warn() {} };

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'interfuse-control-'));
  // The label is in the audio.
  await writeSmallExperiment(folder, {
    fusion: { use: 'unimodal', options: { modality: 'audio' } },
    engine: 'cpu',
    seeds: 1,
  });
});
afterAll(() => rm(folder, { recursive: true }));

async function plan(...overrides: string[]) {
  const experiment = await openExperiment({ workingFolder: folder, configFile: 'config.json', overrides }, logger);
  const [run] = (await planRuns(experiment)) as [RunPlan];
  return { experiment, run };
}

const predictionsOf = async ({ folder: of }: RunPlan): Promise<Set<string>> => {
  const lines = (await readFile(join(of, 'predictions.csv'), 'utf8')).trim().split('\n').slice(1);
  return new Set(lines.map((line) => line.split(',').at(-1) as string));
};

it('a controlled run is another run, says so, and is evaluated with the same streams when it is opened again', async () => {
  const { run: usual } = await plan();
  const { experiment, run } = await plan('fusion.control=shuffled-streams');
  expect(run.name).not.toBe(usual.name);
  await executeRun(experiment, run, await LockedPlan.lock(experiment, [run]));
  const result = await readResult(run.folder, run.name);
  expect(result.strategy.control).toBe('shuffled-streams');

  const { run: again, changed } = await openFinishedRun(run.folder, logger);
  expect([again.strategy.slot.control, changed]).toEqual(['shuffled-streams', []]);
  const engine = await again.strategy.scope.engine();
  const data = openRunData(again, engine);
  expect(await evaluateSelected(again, engine, data, await OpenedBefore.by(again))).toMatchObject({
    valid: result.valid,
    test: result.test,
  });
  await data.close();
});

it('with constant streams a strategy that reads nothing else predicts one and the same', async () => {
  const { experiment, run } = await plan('fusion.control=constant-streams');
  await executeRun(experiment, run, await LockedPlan.lock(experiment, [run]));
  expect((await predictionsOf(run)).size).toBe(1);
  const { experiment: usualExperiment, run: usual } = await plan();
  await executeRun(usualExperiment, usual, await LockedPlan.lock(usualExperiment, [usual]));
  expect((await predictionsOf(usual)).size).toBeGreaterThan(9);
});

describe('a control', () => {
  it('is refused where a strategy reads no streams', async () => {
    await expect(
      plan('languageModel=llama', 'fusion.options.modality=text', 'fusion.control=shuffled-streams'),
    ).rejects.toMatchObject({ code: 'CONFIG_WRONG_VALUE', place: 'fusion[0].control' });
  });
});
