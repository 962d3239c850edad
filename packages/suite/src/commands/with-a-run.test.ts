/** What people do with a finished run: train it again and compare, predict samples of their own. */
import { cp, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { readTable } from '@interfuse/datasets/recordings';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { commandIn } from '../../test/command-in-process.js';
import { writeSmallExperiment } from '../../test/small-experiment.js';
import { openExperiment } from '../experiment/open-experiment.js';
import { planRuns, type RunPlan } from '../experiment/plan.js';
import { LockedPlan } from '../experiment/plan-lock.js';
import { stagesOf } from '../experiment/stages-of.js';
import { executeRun } from '../run/execute-run.js';

const silent = { debug() {}, info() {}, warn() {} };

let folder: string;
let run: RunPlan;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'interfuse-with-'));
  await writeSmallExperiment(folder, {
    data: {
      use: 'folder',
      options: { path: 'data' },
      textLength: 12,
      transforms: { '*': [{ standardise: true }] },
    },
    stages: { first: { fusion: { use: 'unimodal', options: { modality: 'audio' } }, training: { epochs: 1 } } },
    fusion: {
      use: 'unimodal',
      options: { modality: 'audio' },
      warmStart: { run: 'first', select: '**' },
    },
    engine: 'cpu',
    seeds: 1,
  });
  const experiment = await openExperiment({ workingFolder: folder, configFile: 'config.json', overrides: [] }, silent);
  [run] = (await planRuns(experiment)) as [RunPlan];
  const plan = await LockedPlan.lock(experiment, [run]);
  for (const each of [...stagesOf([run]), run]) expect(await executeRun(experiment, each, plan)).toBe('finished');
});
afterAll(() => rm(folder, { recursive: true }));

const command = (...args: string[]) => commandIn(folder, args);

async function everyFile(place: string): Promise<Record<string, string>> {
  const entries = (await readdir(place, { recursive: true, withFileTypes: true })).filter((entry) => entry.isFile());
  const files = entries.map(async ({ parentPath, name }) => [
    join(parentPath, name),
    await readFile(join(parentPath, name), 'base64'),
  ]);
  return Object.fromEntries(await Promise.all(files));
}

describe('rerun', () => {
  it('gives the same bytes, from the stage that the run began with, and leaves everything as it was', async () => {
    const before = await everyFile(join(folder, 'runs'));
    const { code, out, error } = await command('rerun', run.folder, '--quiet');
    expect([code, error]).toEqual([0, '']);
    expect(out).toContain('The same to the byte');
    expect(await everyFile(join(folder, 'runs'))).toEqual(before);
  });

  it('names the figure that differs', async () => {
    const other = join(folder, 'runs', `${basename(run.folder)}-copy`);
    await cp(run.folder, other, { recursive: true });
    const file = join(other, 'result.json');
    const result = JSON.parse(await readFile(file, 'utf8'));
    await writeFile(file, `${JSON.stringify({ ...result, test: { ...result.test, MAE: 0.125 } }, null, 2)}\n`);
    const { code, error } = await command('rerun', other, '--quiet');
    await rm(other, { recursive: true });
    expect([code, error]).toEqual([2, expect.stringContaining(`test.MAE ${result.test.MAE} rather than 0.125`)]);
  });
});

describe('predict', () => {
  const predictionsOf = async (file: string) =>
    readTable(file, await readFile(file, 'utf8')).map(({ cells }) => [cells.id, cells.prediction]);

  it('gives what the run predicted, with its own standardisation, and changes nothing of the run', async () => {
    // The test split as a folder of samples, its labels taken away.
    const input = join(folder, 'mine');
    await cp(join(folder, 'data', 'test'), input, { recursive: true });
    const lines = (await readFile(join(input, 'samples.jsonl'), 'utf8')).trim().split('\n');
    const unlabelled = lines.map((line) => JSON.stringify({ ...JSON.parse(line), labels: undefined }));
    await writeFile(join(input, 'samples.jsonl'), unlabelled.join('\n'));
    const before = await everyFile(run.folder);
    const { code, out, error } = await command('predict', run.folder, '--input', 'mine', '--output', 'mine.csv');
    expect([code, out, error]).toEqual([0, expect.stringContaining('10 predictions'), '']);
    const table = join(run.folder, 'predictions.csv');
    const all = readTable(table, await readFile(table, 'utf8'));
    const own = all.filter(({ cells }) => cells.split === 'test').map(({ cells }) => [cells.id, cells.prediction]);
    expect(await predictionsOf(join(folder, 'mine.csv'))).toEqual(own);
    expect(await everyFile(run.folder)).toEqual(before);
    expect(await command('predict', run.folder, '--input', 'mine', '--output', 'mine.csv')).toMatchObject({
      code: 2,
      error: expect.stringContaining('FILE_EXISTS'),
    });
  });

  it('takes samples without streams, and says so', async () => {
    await writeFile(join(folder, 'words.jsonl'), '{"id":"a","text":"It was good."}\n{"id":"b","text":"It was bad."}\n');
    const { code, error } = await command('predict', run.folder, '--input', 'words.jsonl', '--output', 'words.csv');
    expect([code, error]).toEqual([0, 'No sample has audio, vision: there is no file.\n']);
    expect((await predictionsOf(join(folder, 'words.csv'))).map(([id]) => id)).toEqual(['a', 'b']);
  });

  it('refuses what is no sample, what is not there, and a table in the run folder', async () => {
    await writeFile(join(folder, 'wrong.jsonl'), '{"text":"It was good."}\n');
    await writeFile(join(folder, 'empty.jsonl'), '');
    const refused = async (input: string, output = 'refused.csv') =>
      (await command('predict', run.folder, '--input', input, '--output', output)).error.split('\n')[0];
    expect(await refused('wrong.jsonl')).toContain('DATASET_INVALID');
    expect(await refused('empty.jsonl')).toContain('DATASET_EMPTY');
    expect(await refused('nowhere')).toContain('FILE_NOT_FOUND');
    expect(await refused('words.jsonl', join(run.folder, 'table.csv'))).toContain('COMMAND_USAGE');
    expect(await readdir(folder)).not.toContain('refused.csv');
  });
});
