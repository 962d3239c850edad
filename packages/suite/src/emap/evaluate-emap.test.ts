/** The additive part of runs, in this process, on a small dataset: against all combinations put together by hand. */
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { HostTensor, HostTensors } from '@interfuse/core';
import { evaluateStep, predictWith, scalarInt } from '@interfuse/training/loop';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { commandIn } from '../../test/command-in-process.js';
import { writeSmallExperiment } from '../../test/small-experiment.js';
import { finishedRun, plannedRun } from '../../test/small-runs.js';
import type { RunPlan } from '../experiment/plan.js';
import { OpenedBefore } from '../run/opened-before.js';
import { readResult } from '../run/result.js';
import { openRunData } from '../run/run-data.js';
import { withSelectedWeights } from '../run/selected-weights.js';
import type { Emap } from './emap.js';
import { evaluateEmap } from './evaluate-emap.js';
import { writeEmap } from './write-emap.js';

const _silent = { debug() {}, info() {}, warn() {} };

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'interfuse-emap-'));
  // Two modalities of ten test samples: ten pairings are all combinations. Some samples lack their audio.
  await writeSmallExperiment(folder, { engine: 'cpu', seeds: 1 }, { only: 'audio', lacking: 'audio' });
});
afterAll(() => rm(folder, { recursive: true }));

const planned = (...overrides: string[]) => plannedRun(folder, ...overrides);

const finished = (...overrides: string[]) => finishedRun(folder, ...overrides);

const command = (...args: string[]) => commandIn(folder, args);

const emapOf = async (run: RunPlan): Promise<Emap> => JSON.parse(await readFile(join(run.folder, 'emap.json'), 'utf8'));

/** What a run predicts for the text of each test sample with the audio of each, batches of one put together by hand. */
async function everyCombination(run: RunPlan): Promise<{ values: number[][]; labels: number[] }> {
  const { run: again } = await planned('fusion.use=late');
  expect(again.name).toBe(run.name);
  const { module, scope } = again.strategy;
  const engine = await scope.engine();
  const data = openRunData(again, engine);
  const { source } = await data.test(await OpenedBefore.by(again));
  const rows = Array.from({ length: source.size }, (_, row) => row);
  const singles = await Promise.all(rows.map((row) => source.batch([row])));
  const values = await withSelectedWeights(again, engine, async (store) => {
    const program = engine.compile(evaluateStep({ module, seed: 1 }), store);
    // The same as a batch of all.
    const whole = await predictWith(program, { source, batchSize: source.size });
    const found: number[][] = [];
    for (const text of rows) {
      const own: number[] = [];
      for (const audio of rows) {
        const parts = Object.entries(singles[text] as HostTensors).filter(
          ([path]) => !path.startsWith('streams/audio'),
        );
        const others = Object.entries(singles[audio] as HostTensors).filter(([path]) =>
          path.startsWith('streams/audio'),
        );
        const outputs = await program.run({ ...Object.fromEntries([...parts, ...others]), epoch: scalarInt(0) });
        own.push((outputs.prediction as HostTensor).data[0] as number);
      }
      expect(own[text]).toBeCloseTo(whole[text] as number, 5);
      found.push(own);
    }
    return found;
  });
  const labels = rows.map((row) => source.labels('task').values[row] as number);
  await data.close();
  await scope.dispose();
  return { values, labels };
}

const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;

describe('evaluate --emap', () => {
  it('with all combinations is the projection of the paper, and changes no other file', async () => {
    const run = await finished('fusion.use=late');
    const before = (await readdir(run.folder, { recursive: true })).sort();
    const { code, out, error } = await command('evaluate', run.folder, '--emap-pairs', '10');
    expect([code, error]).toEqual([0, '']);
    expect((await readdir(run.folder, { recursive: true })).filter((name) => !before.includes(name))).toEqual([
      'emap.json',
    ]);

    const found = await emapOf(run);
    const result = await readResult(run.folder, run.name);
    expect(found).toMatchObject({
      run: run.name,
      weights: result.weights,
      groups: [['text'], ['audio']],
      pairings: 10,
      complete: true,
      model: result.test,
    });
    const { values, labels } = await everyCombination(run);
    const grand = mean(values.flat());
    // Hessel and Lee 2020, for two modalities.
    const projected = labels.map(
      (_, i) => mean(values[i] as number[]) + mean(values.map((own) => own[i] as number)) - grand,
    );
    const mae = mean(labels.map((label, i) => Math.abs(label - (projected[i] as number))));
    expect(found.projection.MAE).toBeCloseTo(mae, 5);
    expect(found.asFitted).toEqual(found.projection);
    expect(found.difference.value).toBeCloseTo(mae - (result.test.MAE as number), 5);
    const squares = (of: (i: number, j: number) => number) =>
      mean(labels.flatMap((_, i) => labels.map((_, j) => of(i, j) ** 2)));
    const rest = squares(
      (i, j) =>
        (values[i]?.[j] as number) - mean(values[i] as number[]) - mean(values.map((own) => own[j] as number)) + grand,
    );
    expect(rest).toBeGreaterThan(1e-12);
    expect(found.additiveShare).toBeCloseTo(1 - rest / squares((i, j) => (values[i]?.[j] as number) - grand), 5);
    expect(out).toContain('The sum over text, audio is worse by');
    expect(out).toContain('Every sample was evaluated with modalities of all others.');
  });

  it('of a single modality is the run itself, with the fewest pairings, too', async () => {
    const run = await finished('fusion.use=unimodal');
    expect((await command('evaluate', run.folder, '--emap-pairs', '6')).code).toBe(0);
    const { model, projection, complete, additiveShare, difference } = await emapOf(run);
    expect(complete).toBe(false);
    expect(projection.MAE).toBeCloseTo(model.MAE as number, 5);
    expect(projection.Corr).toBeCloseTo(model.Corr as number, 5);
    expect(difference.value).toBeCloseTo(0, 5);
    expect(additiveShare).toBeCloseTo(1, 9);
  });

  it('refuses fewer pairings than tell modalities apart, and writes nothing', async () => {
    const run = await finished('fusion.use=late', 'seeds=2');
    const { code, error } = await command('evaluate', run.folder, '--emap', '--emap-pairs', '5');
    expect([code, error]).toEqual([2, expect.stringContaining('at least 6 for 2 modalities')]);
    expect(await readdir(run.folder)).not.toContain('emap.json');
  });
});

it('a strategy that places words in the streams is refused', async () => {
  const { run } = await planned('fusion={use: ef-lstm, options: {times: approximate}}');
  expect(run.strategy.plugin.requires.wordTimes).toBeDefined();
  await expect(evaluateEmap(run, {} as never, {} as never, {} as never, {} as never)).rejects.toMatchObject({
    code: 'COMMAND_USAGE',
    got: expect.stringContaining('ef-lstm, which places words in the streams'),
  });
});

it('a comparison asks with the fewest pairings, and leaves what is there', async () => {
  const run = await finished('fusion.use=late', 'seeds=3');
  const ask = async () => {
    const { run: again } = await planned('fusion.use=late', 'seeds=3');
    const engine = await again.strategy.scope.engine();
    const data = openRunData(again, engine);
    await writeEmap(again, engine, data, { result: await readResult(run.folder, run.name) });
    await data.close();
    await again.strategy.scope.dispose();
  };
  await ask();
  expect(await emapOf(run)).toMatchObject({ pairings: 6, complete: false });
  expect((await command('evaluate', run.folder, '--emap-pairs', '10')).code).toBe(0);
  await ask();
  expect(await emapOf(run)).toMatchObject({ pairings: 10, complete: true });
});
