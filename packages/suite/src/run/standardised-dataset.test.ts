/** Runs on standardised streams: what is stored with the checkpoint is what training, evaluation and export use. */
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readAllTensors, type StoredTensor, writeSafetensors } from '@interfuse/safetensors';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { writeSmallExperiment } from '../../test/small-experiment.js';
import { fileDigest } from '../experiment/file-digest.js';
import { openExperiment } from '../experiment/open-experiment.js';
import { planRuns, type RunPlan } from '../experiment/plan.js';
import { LockedPlan } from '../experiment/plan-lock.js';
import { executeRun } from './execute-run.js';
import { standardisedDataset, statisticsFile } from './standardised-dataset.js';

const silent = { debug() {}, info() {}, warn() {} };

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'interfuse-standardised-'));
  const fusion = { use: 'unimodal', options: { modality: 'audio' } };
  await writeSmallExperiment(folder, { fusion, engine: 'cpu', seeds: 1 });
});
afterAll(() => rm(folder, { recursive: true }));

const standardise = 'data.transforms={audio: [{standardise: true}, {pool: 2}]}';

async function plan(...overrides: string[]) {
  const experiment = await openExperiment({ workingFolder: folder, configFile: 'config.json', overrides }, silent);
  const [run] = (await planRuns(experiment)) as [RunPlan];
  return { experiment, run };
}

async function finished(...overrides: string[]): Promise<RunPlan> {
  const { experiment, run } = await plan(...overrides);
  expect(await executeRun(experiment, run, await LockedPlan.lock(experiment, [run]))).toBe('finished');
  return run;
}

const result = (run: RunPlan) => readFile(join(run.folder, 'result.json'), 'utf8');

describe('transforms', () => {
  it('are part of what names a run, with their code', async () => {
    const { run: plain } = await plan();
    const { run } = await plan(standardise);
    expect(run.name).not.toBe(plain.name);
    expect(Object.keys(run.identity.code)).toContain('@interfuse/core');
    expect(Object.keys(plain.identity.code)).not.toContain('@interfuse/core');
    expect(run.strategy.dataset.spec.streams.audio?.maximumLength).toBe(2);
  });

  it('of no standardisation leave no file', async () => {
    const run = await finished('data.transforms={audio: [{clip: [-1, 1]}]}');
    expect(existsSync(statisticsFile(run.folder))).toBe(false);
    expect(await result(run)).not.toBe(await result(await finished()));
  });
});

describe('a run on standardised streams', () => {
  it('stores mean and deviation of the training split with its checkpoint', async () => {
    const run = await finished(standardise);
    const stored = await readAllTensors(statisticsFile(run.folder));
    expect(Object.keys(stored)).toEqual(['audio/0/deviation', 'audio/0/mean']);
    const train = await (await plan()).run.strategy.dataset.open('train');
    const { values } = await train.read('audio', [...train.samples.keys()]);
    await train.close();
    const labels = [...values].filter((_, i) => i % 4 === 0);
    const mean = labels.reduce((sum, value) => sum + value, 0) / labels.length;
    expect(stored['audio/0/mean']?.data[0]).toBeCloseTo(mean, 5);
  });

  it('uses what is stored, and does not fit again', async () => {
    const run = await finished(standardise, 'output=stored');
    const stored = await readAllTensors(statisticsFile(run.folder));
    const moved = Object.fromEntries(
      Object.entries(stored).map(([path, { shape, data }]) => [
        path,
        { shape, data: path.endsWith('mean') ? (data as Float32Array).map((value) => value + 1) : data },
      ]),
    );
    const read = async () => {
      const valid = await (await standardisedDataset(run)).open('valid');
      const { values } = await valid.read('audio', [0]);
      await valid.close();
      return values[0] as number;
    };
    const before = await read();
    await writeSafetensors(statisticsFile(run.folder), moved);
    expect(await read()).toBeCloseTo(before - 1 / (stored['audio/0/deviation']?.data[0] as number), 5);
  });

  it('opens the test split for them alone', async () => {
    const { experiment, run } = await plan(standardise, 'output=tested');
    expect(await executeRun(experiment, run, await LockedPlan.lock(experiment, [run]))).toBe('finished');
    const file = statisticsFile(run.folder);
    const receipt = JSON.parse(await readFile(join(run.folder, 'receipt.json'), 'utf8'));
    expect(receipt.standardisation).toBe(await fileDigest(file));
    const stored = await readAllTensors(file);
    const doubled = Object.entries(stored).map(([path, { shape, data }]): [string, StoredTensor] => [
      path,
      { shape, data: (data as Float32Array).map((value) => 2 * value) },
    ]);
    await writeSafetensors(file, Object.fromEntries(doubled));
    await rm(join(run.folder, 'result.json'));
    await expect(executeRun(experiment, run, await LockedPlan.lock(experiment, [run]))).rejects.toMatchObject({
      code: 'TEST_ALREADY_OPENED',
      expected: `a standardisation with the SHA-256 ${receipt.standardisation}`,
      got: await fileDigest(file),
    });
  });

  it('that was stopped resumes, and ends as if it had not been', async () => {
    const { experiment, run } = await plan(standardise, 'training.epochs=3', 'training.modalityDropout.audio=0.3');
    const stop = new AbortController();
    const onEpoch = ({ epoch }: { epoch: number }) => epoch === 0 && stop.abort();
    expect(
      await executeRun(experiment, run, await LockedPlan.lock(experiment, [run]), { signal: stop.signal, onEpoch }),
    ).toBe('interrupted');
    expect(await executeRun(experiment, run, await LockedPlan.lock(experiment, [run]))).toBe('finished');
    const changes = ['training.epochs=3', 'training.modalityDropout.audio=0.3', 'output=whole'];
    expect(await result(run)).toBe(await result(await finished(standardise, ...changes)));
  });

  it('refuses statistics of other streams, and files that are none', async () => {
    const run = await finished(standardise, 'output=other');
    await writeSafetensors(statisticsFile(run.folder), { 'vision/0/mean': { shape: [1], data: Float32Array.of(0) } });
    await expect(standardisedDataset(run)).rejects.toMatchObject({
      code: 'CHECKPOINT_MISMATCH',
      place: statisticsFile(run.folder),
      expected: 'audio/0/deviation [4], audio/0/mean [4]',
    });
    await writeFile(statisticsFile(run.folder), 'none');
    await expect(standardisedDataset(run)).rejects.toMatchObject({ code: 'SAFETENSORS_INVALID' });
  });
});
