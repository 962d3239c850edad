/** `interfuse search` as people run it: on validation alone, resumed, and then compared with what it found. */
import { existsSync } from 'node:fs';
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { parse } from 'yaml';
import { writeSmallExperiment } from '../packages/suite/test/small-experiment.js';
import { interfuse } from './support/interfuse.js';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'interfuse-search-'));
  await writeSmallExperiment(folder, {
    engine: 'cpu',
    fusion: ['audio', 'vision'].map((modality) => ({ use: 'unimodal', options: { modality } })),
    training: { epochs: 3, batchSize: 8 },
    seeds: 1,
    search: {
      method: 'halving',
      trials: 3,
      seeds: 101,
      // A rate that diverges is a bad trial, and no failure.
      space: { 'training.learningRate': [0.03, 0.001, 1e30], 'fusion.options.hidden': [4, 16] },
    },
  });
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const at = (...path: string[]) => join(folder, ...path);
const trialsIn = async () => (await readdir(at('runs', 'search'))).filter((name) => name.startsWith('unimodal-'));

it('tries every strategy as often, opens no test split, and writes a config with the best', async () => {
  const first = await interfuse(['search', 'config.json', '--jobs', '2'], folder);
  expect(first).toMatchObject({ code: 0, out: expect.stringContaining('The test split was not opened.') });
  const names = await trialsIn();
  for (const name of names) {
    const files = await readdir(at('runs', 'search', name));
    expect(files).not.toContain('receipt.json');
    expect(files).not.toContain('result.json');
    expect(files).not.toContain('predictions.csv');
  }
  const found = JSON.parse(await readFile(at('runs', 'search', 'search.json'), 'utf8'));
  // Of three points one goes on to all epochs.
  for (const { trials, tried, best } of found.strategies) {
    expect([trials, tried.map((each: { epochs: number }) => each.epochs)]).toEqual([3, [1, 1, 1, 3]]);
    expect(best.mean).toBe(tried.at(-1).mean);
  }
  const tuned = parse(await readFile(at('small.tuned.yaml'), 'utf8'));
  expect(tuned).toMatchObject({
    name: 'small-tuned',
    tuned: { method: 'halving', trials: 3, seeds: [101] },
    fusion: found.strategies.map(({ best }: { best: { point: Record<string, unknown> } }) => ({
      options: { hidden: best.point['fusion.options.hidden'] },
      training: { learningRate: best.point['training.learningRate'] },
    })),
  });
  expect('search' in tuned).toBe(false);

  const times = () => Promise.all(names.map(async (name) => (await stat(at('runs', 'search', name))).mtimeMs));
  const [before, written] = [await times(), await readFile(at('runs', 'search', 'search.json'), 'utf8')];
  const again = await interfuse(['search', 'config.json', '--quiet'], folder);
  expect(again).toEqual({ code: 0, out: first.out, error: '' });
  expect(await readFile(at('runs', 'search', 'search.json'), 'utf8')).toBe(written);
  const finished = names.filter((name) => existsSync(at('runs', 'search', name, 'trial.json')));
  const later = await times();
  for (const name of finished) expect(later[names.indexOf(name)]).toBe(before[names.indexOf(name)]);

  const compared = await interfuse(['compare', 'small.tuned.yaml', '--quiet'], folder);
  expect(compared).toMatchObject({ code: 0 });
  const report = JSON.parse(await readFile(at('runs', 'small-tuned-comparison.json'), 'utf8'));
  expect([report.trials, report.plan.openedBefore]).toEqual([3, 0]);
});

it('refuses seeds that are reported, a config without a search, and an option that nobody has', async () => {
  const refused = async (...args: string[]) => {
    const { code, error } = await interfuse(['search', ...args], folder);
    return [code, error];
  };
  expect(await refused('config.json', 'search.seeds=1')).toEqual([2, expect.stringContaining('search.seeds')]);
  const config = JSON.parse(await readFile(at('config.json'), 'utf8'));
  await writeFile(at('none.json'), JSON.stringify({ ...config, search: undefined }));
  expect(await refused('none.json')).toEqual([2, expect.stringContaining('COMMAND_USAGE')]);
  await writeFile(at('odd.json'), JSON.stringify({ ...config, search: { space: { 'fusion.options.hiden': [1] } } }));
  expect(await refused('odd.json')).toEqual([2, expect.stringContaining('Did you mean "hidden"?')]);
});
