/** The evaluation matrix of a run, in this process, on a small dataset. */
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { commandIn } from '../../test/command-in-process.js';
import { writeSmallExperiment } from '../../test/small-experiment.js';
import { finishedRun } from '../../test/small-runs.js';
import { openExperiment } from '../experiment/open-experiment.js';
import { planRuns, type RunPlan } from '../experiment/plan.js';
import { LockedPlan } from '../experiment/plan-lock.js';
import { droppedOutside } from './evaluate-missing.js';
import { executeRun } from './execute-run.js';
import { type Cell, type MissingMatrix, patternsOf, patternsReported } from './missing-matrix.js';
import { readResult } from './result.js';
import { openRunData } from './run-data.js';
import { writeFixedPatterns } from './write-fixed-patterns.js';

const silent = { debug() {}, info() {}, warn() {} };
const modalities = ['text', 'audio', 'vision'];

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'interfuse-missing-'));
  await writeSmallExperiment(folder, { engine: 'cpu', seeds: 1 });
});
afterAll(() => rm(folder, { recursive: true }));

const finished = (...overrides: string[]) => finishedRun(folder, ...overrides);

/** The command in this process; `stopped` presses Ctrl-C as soon as it listens. */
const evaluate = (run: RunPlan, { stopped = false } = {}) =>
  commandIn(folder, ['evaluate', run.folder, '--missing'], { stopped });

async function everyFile(run: RunPlan): Promise<Record<string, string>> {
  const names = (await readdir(run.folder, { recursive: true, withFileTypes: true })).filter((entry) => entry.isFile());
  const files = names.map(async ({ parentPath, name }) => [name, await readFile(join(parentPath, name), 'base64')]);
  return Object.fromEntries(await Promise.all(files));
}

const matrixOf = async (run: RunPlan): Promise<MissingMatrix> =>
  JSON.parse(await readFile(join(run.folder, 'missing.json'), 'utf8'));

describe('the patterns', () => {
  it('are every non-empty subset with every drop rate of the others; nothing dropped comes first and once', () => {
    const patterns = patternsOf(modalities);
    expect(patterns[0]).toEqual({ kept: modalities, rate: 0 });
    expect(patterns).toHaveLength(1 + 6 * 4);
    expect(new Set(patterns.map(({ kept }) => kept.join())).size).toBe(7);
    expect(patterns.filter(({ kept }) => kept.join() === 'audio').map(({ rate }) => rate)).toEqual([
      0.25, 0.5, 0.75, 1,
    ]);
  });

  it('that a comparison asks for are everything, all but one and one alone: of three modalities every subset', () => {
    expect(patternsReported(modalities)).toEqual(patternsOf(modalities).filter(({ rate }) => rate === 0 || rate === 1));
    const ofFour = patternsReported(['text', 'audio', 'vision', 'pulse']);
    expect(ofFour.map(({ kept }) => kept.length)).toEqual([4, 3, 3, 3, 3, 1, 1, 1, 1]);
    expect(ofFour.map(({ rate }) => rate)).toEqual([0, 1, 1, 1, 1, 1, 1, 1, 1]);
  });

  it('drop their share of the others, at every rate also what a lower one drops, and nothing of the subset', () => {
    const samples = 4000;
    const rows = (rate: number) => {
      const dropped = droppedOutside(['text'], rate, 'test');
      return Array.from({ length: samples }, (_, row) => row).filter((row) => dropped(row, 'audio'));
    };
    for (const rate of [0.25, 0.5, 0.75]) {
      // Five standard deviations of a binomial share.
      const slack = 5 * Math.sqrt((rate * (1 - rate)) / samples);
      expect(Math.abs(rows(rate).length / samples - rate)).toBeLessThan(slack);
    }
    expect(rows(0.5)).toEqual(expect.arrayContaining(rows(0.25)));
    expect(rows(1)).toHaveLength(samples);
    expect(droppedOutside(['text'], 1, 'test')(3, 'text')).toBe(false);
  });
});

describe('evaluate --missing', () => {
  it('equals the result with nothing dropped, changes no file, and gives the same bytes again', async () => {
    const run = await finished('fusion.use=late');
    const before = await everyFile(run);
    const { code, out, error } = await evaluate(run);
    expect([code, error]).toEqual([0, '']);
    const { 'missing.json': written, ...others } = await everyFile(run);
    expect(others).toEqual(before);

    const result = JSON.parse(await readFile(join(run.folder, 'result.json'), 'utf8'));
    const matrix = await matrixOf(run);
    expect(matrix).toMatchObject({ run: run.name, weights: result.weights, policy: 'zeros', modalities });
    const [whole] = matrix.cells as [Cell];
    expect(whole.valid).toEqual({ figures: result.valid, withoutAny: 0 });
    expect(whole.test).toEqual({ figures: result.test, withoutAny: 0 });
    expect(new Set(matrix.cells.map(({ test }) => test.figures.MAE)).size).toBeGreaterThan(10);
    // Title, rule, 25 rows and the constant prediction.
    expect(out).toMatch(/^text \+ audio +25 % +\d\.\d{4} /m);
    expect(out).toMatch(/^training median +\d/m);
    expect(out).toContain('late declares missing: zeros');

    expect((await evaluate(run)).code).toBe(0);
    expect((await everyFile(run))['missing.json']).toBe(written);
  });

  it('of a single modality depends on what happens to that one alone', async () => {
    const run = await finished('fusion.use=unimodal');
    expect((await evaluate(run)).code).toBe(0);
    const { cells } = await matrixOf(run);
    const maes = (hears: boolean) =>
      new Set(cells.filter(({ kept }) => kept.includes('audio') === hears).map(({ test }) => test.figures.MAE));
    expect(maes(true).size).toBe(1);
    expect(maes(false).size).toBe(4); // one for each drop rate
  });

  it('counts samples of which nothing is left', async () => {
    const data = join(folder, 'lacking');
    await writeSmallExperiment(data, { engine: 'cpu', seeds: 1, fusion: 'late' }, { lacking: 'vision' });
    const request = { workingFolder: data, configFile: 'config.json', overrides: [] };
    const experiment = await openExperiment(request, silent);
    const [run] = (await planRuns(experiment)) as [RunPlan];
    await executeRun(experiment, run, await LockedPlan.lock(experiment, [run]));
    expect((await evaluate(run)).out).toContain('Up to 4 test samples lack what is given');
    const { cells } = await matrixOf(run);
    const empty = cells.filter(({ test }) => test.withoutAny > 0).map(({ kept, rate }) => `${kept} ${rate}`);
    expect(empty).toContain('vision 1');
    expect(empty.every((name) => name.startsWith('vision '))).toBe(true);
  });

  it('that is stopped leaves no file', async () => {
    const run = await finished('fusion.use=late', 'seeds=3');
    expect((await evaluate(run, { stopped: true })).code).toBe(130);
    expect(await readdir(run.folder)).not.toContain('missing.json');
  });

  it('of other weights than test was opened for is refused, and nothing is written', async () => {
    const run = await finished('fusion.use=late', 'seeds=2');
    await writeFile(join(run.folder, 'receipt.json'), JSON.stringify({ run: run.name, checkpoint: 'a'.repeat(64) }));
    const { code, error } = await evaluate(run);
    expect([code, error]).toEqual([2, expect.stringMatching(/^TEST_ALREADY_OPENED/)]);
    expect(await readdir(run.folder)).not.toContain('missing.json');
  });
});

describe('what a comparison asks by itself', () => {
  /** As a worker does when a run is finished. */
  async function ask(run: RunPlan): Promise<void> {
    const request = { workingFolder: folder, configFile: 'config.json', overrides: ['fusion.use=late', 'seeds=4'] };
    const [again] = (await planRuns(await openExperiment(request, silent))) as [RunPlan];
    expect(again.name).toBe(run.name);
    const engine = await again.strategy.scope.engine();
    const data = openRunData(again, engine);
    await writeFixedPatterns(again, engine, data, { result: await readResult(run.folder, run.name) });
    await data.close();
    await again.strategy.scope.dispose();
  }

  it('is the fixed patterns of the matrix to the last digit, on test alone; the matrix replaces them, and stays', async () => {
    const run = await finished('fusion.use=late', 'seeds=4');
    await ask(run);
    const asked = await matrixOf(run);
    expect(asked.rates).toEqual([1]);
    expect(asked.cells.every((cell) => !('valid' in cell))).toBe(true);

    expect((await evaluate(run)).code).toBe(0);
    const whole = await matrixOf(run);
    const fixed = whole.cells.filter(({ rate }) => rate === 0 || rate === 1);
    expect(fixed).toHaveLength(7);
    expect(asked.cells).toEqual(fixed.map(({ valid: _, ...cell }) => cell));
    expect({ ...asked, rates: whole.rates, cells: whole.cells }).toEqual(whole);

    await ask(run);
    expect(await matrixOf(run)).toEqual(whole);
  });
});

describe('modality dropout', () => {
  it('is part of what names a run, and names modalities of the dataset', async () => {
    const name = async (...overrides: string[]) => {
      const request = {
        workingFolder: folder,
        configFile: 'config.json',
        overrides: ['fusion.use=late', ...overrides],
      };
      const [run] = (await planRuns(await openExperiment(request, silent))) as [RunPlan];
      return run.name;
    };
    expect(await name('training.modalityDropout.audio=0.3')).not.toBe(await name());
    await expect(name('training.modalityDropout.audoi=0.3')).rejects.toMatchObject({
      code: 'CONFIG_UNKNOWN_OPTION',
      place: 'training.modalityDropout.audoi',
      remedy: 'Did you mean "audio"?',
    });
    await expect(name('training.modalityDropout.audio=1.5')).rejects.toMatchObject({
      code: 'CONFIG_WRONG_VALUE',
      place: 'training.modalityDropout.audio',
    });
  });
});
