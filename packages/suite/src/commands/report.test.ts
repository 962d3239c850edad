/** `interfuse report`: finished runs of two suites as one comparison, and what cannot be one. */
import { cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { writeSmallExperiment } from '../../test/small-experiment.js';
import { openExperiment } from '../experiment/open-experiment.js';
import { planRuns } from '../experiment/plan.js';
import { LockedPlan } from '../experiment/plan-lock.js';
import { runProgram } from '../program.js';
import { executeRun } from '../run/execute-run.js';

const silent = { debug() {}, info() {}, warn() {} };

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'interfuse-report-'));
  await writeSmallExperiment(folder, { engine: 'cpu', languageModel: [], seeds: [1, 2], training: { epochs: 1 } });
  await finish('one', 'audio');
  await finish('two', 'vision');
}, 120_000);
afterAll(() => rm(folder, { recursive: true }));

async function finish(output: string, modality: string): Promise<void> {
  const overrides = [`output=${output}`, `fusion={use: unimodal, options: {modality: ${modality}}}`];
  const experiment = await openExperiment({ workingFolder: folder, configFile: 'config.json', overrides }, silent);
  const runs = await planRuns(experiment);
  const plan = await LockedPlan.lock(experiment, runs);
  for (const run of runs) await executeRun(experiment, run, plan);
}

/** Of a suite: what is in its folder but the plan. */
async function runFolders(suite: string): Promise<string[]> {
  return (await readdir(join(folder, suite))).filter((name) => !name.endsWith('.json'));
}

async function report(...args: string[]) {
  const written = { out: '', error: '' };
  const terminal = {
    out: { write: (text: string) => (written.out += text) },
    error: { write: (text: string) => (written.error += text) },
    environment: {},
  };
  const context = { terminal, workingFolder: folder, signal: new AbortController().signal };
  const code = await runProgram(['report', ...args], context);
  return { code, ...written };
}

describe('runs of two suites', () => {
  it('are one comparison, in five files', async () => {
    const { code, out } = await report('one', 'two', '--name', 'both', '--output', 'reports');
    expect(code).toBe(0);
    expect(out).toMatch(/1 +unimodal \((audio|vision)\)/);
    expect((await readdir(join(folder, 'reports'))).sort()).toEqual(
      ['csv', 'html', 'json', 'md', 'tex'].map((extension) => `both-comparison.${extension}`),
    );
    const page = await readFile(join(folder, 'reports', 'both-comparison.html'), 'utf8');
    expect(page).toContain('interfuse report one two');
    const comparison = JSON.parse(await readFile(join(folder, 'reports', 'both-comparison.json'), 'utf8'));
    expect(comparison).toMatchObject({ name: 'both', seeds: [1, 2], evidence: { method: 'crossed t test' } });
    const rows = (await readFile(join(folder, 'reports', 'both-comparison.csv'), 'utf8')).trim().split('\n');
    expect(rows).toHaveLength(1 + 2 * 2 * 2 * comparison.columns.length);
  });

  it('are taken once, however often they are named, and what is not finished is left out', async () => {
    const [first = ''] = await runFolders('one');
    await mkdir(join(folder, 'three'));
    await cp(join(folder, 'one', first), join(folder, 'three', first), { recursive: true });
    await cp(join(folder, 'one', first), join(folder, 'three', 'begun'), { recursive: true });
    await rm(join(folder, 'three', 'begun', 'result.json'));
    const { error } = await report('one', 'two', join('one', first), 'three', '--name', 'same', '--output', 'again');
    expect(error).toMatch(/Not finished, and left out: .*begun\./);
    const json = await readFile(join(folder, 'again', 'same-comparison.json'), 'utf8');
    expect(JSON.parse(json).strategies.map(({ runs }: { runs: string[] }) => runs.length)).toEqual([2, 2]);
  });
});

describe('what cannot be reported is refused, and nothing is written', () => {
  const refused = async (...paths: string[]) => {
    await expect(report(...paths, '--output', 'none')).rejects.toMatchObject({ code: expect.any(String) });
    expect(await readdir(folder)).not.toContain('none');
    return report(...paths, '--output', 'none').catch((error) => error);
  };

  it('a folder that is not there, and one without a run', async () => {
    expect(await refused('nowhere')).toMatchObject({ code: 'FILE_NOT_FOUND' });
    expect(await refused('data')).toMatchObject({ code: 'RUN_INVALID' });
  });

  it('two results of one run that differ', async () => {
    const [first = ''] = await runFolders('one');
    await cp(join(folder, 'one', first), join(folder, 'four', first), { recursive: true });
    const path = join(folder, 'four', first, 'result.json');
    const result = JSON.parse(await readFile(path, 'utf8'));
    await writeFile(path, JSON.stringify({ ...result, weights: 'ffff0000' }));
    expect(await refused('one', 'four')).toMatchObject({ code: 'RUN_INVALID', got: 'weights ffff0000' });
  });

  it('a run whose predictions are of other samples', async () => {
    await cp(join(folder, 'two'), join(folder, 'five'), { recursive: true });
    for (const name of await runFolders('five')) {
      const path = join(folder, 'five', name, 'predictions.csv');
      await writeFile(path, (await readFile(path, 'utf8')).replace(/^test,[^,]*/m, 'test,another'));
    }
    expect(await refused('one', 'five')).toMatchObject({
      code: 'RUN_INVALID',
      place: expect.stringContaining('predictions of unimodal'),
      message: expect.stringContaining('another'),
    });
  });
});
