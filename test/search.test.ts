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

const json = async (...path: string[]) => JSON.parse(await readFile(at(...path), 'utf8'));

it('tunes a strategy with each language model by itself, and writes a config for each', async () => {
  const config = await json('config.json');
  const text = { use: 'unimodal', options: { modality: 'text' } };
  const models = ['stories260k', 'prose1m'].map((checkpoint) => ({ use: 'auto', options: { checkpoint } }));
  const several = {
    ...config,
    ...{
      name: 'several',
      output: 'several',
      engine: 'onnx',
      languageModel: models,
      training: { epochs: 1, batchSize: 8 },
    },
    fusion: [text, ...config.fusion.slice(0, 1)],
    search: { method: 'grid', trials: 2, seeds: 101, space: { 'training.learningRate': [0.03, 0.001] } },
  };
  await writeFile(at('several.json'), JSON.stringify(several));
  const { code, out } = await interfuse(['search', 'several.json', '--quiet'], folder);
  expect([code, out]).toEqual([
    0,
    expect.stringMatching(/several\.auto-stories260k\.tuned\.yaml, several\.auto-prose1m\.tuned\.yaml/),
  ]);
  const { strategies } = await json('several', 'search', 'search.json');
  const pairs = strategies.map((each: { strategy: string; languageModel?: string }) => [
    each.strategy,
    each.languageModel,
  ]);
  expect(pairs).toEqual([
    ['unimodal (text)', 'auto (stories260k)'],
    ['unimodal (text)', 'auto (prose1m)'],
    // It uses none, and is searched once.
    ['unimodal (audio)', undefined],
  ]);
  expect((await readdir(at('several', 'search'))).filter((name) => name.startsWith('unimodal-'))).toHaveLength(3 * 2);
  for (const [index, model] of models.entries()) {
    const name = `several.auto-${model.options.checkpoint}.tuned.yaml`;
    const tuned = parse(await readFile(at(name), 'utf8'));
    const best = [strategies[index], strategies[2]].map(({ best: { point } }) => point['training.learningRate']);
    expect(tuned.fusion.map(({ training }: { training: object }) => training)).toEqual(
      best.map((learningRate) => ({ learningRate })),
    );
    expect(tuned.languageModel).toEqual(model);
    expect(await interfuse(['compare', name, '--quiet'], folder)).toMatchObject({ code: 0 });
    const report = await json('several', `several-auto-${model.options.checkpoint}-tuned-comparison.json`);
    expect([report.trials, report.strategies.length]).toEqual([2, 2]);
  }
  expect(await interfuse(['report', 'several', '--output', 'reports'], folder)).toMatchObject({ code: 0 });
});

it('trains a stage once for each of its seeds, as a trial, and every trial begins with it', async () => {
  const { languageModel: _, ...config } = await json('config.json');
  const audio = { use: 'unimodal', options: { modality: 'audio' } };
  const staged = {
    ...config,
    ...{ name: 'staged', output: 'staged', training: { epochs: 1, batchSize: 8 } },
    stages: { first: { fusion: audio, training: { epochs: 2 } } },
    fusion: { ...audio, warmStart: { run: 'first', select: '**' } },
    search: { method: 'grid', trials: 2, seeds: [101, 102], space: { 'training.learningRate': [0.03, 0.001] } },
  };
  await writeFile(at('staged.json'), JSON.stringify(staged));
  const searched = () => interfuse(['search', 'staged.json', '--quiet'], folder);
  // What would not fit the weights of the stage is found before anything is trained.
  const odd = { ...staged, search: { ...staged.search, space: { 'fusion.options.hidden': [64, 4] } } };
  await writeFile(at('unfit.json'), JSON.stringify(odd));
  const unfit = await interfuse(['search', 'unfit.json'], folder);
  expect([unfit.code, unfit.error]).toEqual([2, expect.stringContaining('CHECKPOINT_MISMATCH')]);
  expect(existsSync(at('staged'))).toBe(false);

  const first = await searched();
  expect(first).toMatchObject({ code: 0, error: '' });
  const names = (await readdir(at('staged', 'search'))).filter((name) => name.startsWith('unimodal-'));
  const manifests = await Promise.all(names.map((name) => json('staged', 'search', name, 'manifest.json')));
  const started = manifests.filter(({ warmStart }) => warmStart);
  const stages = manifests.filter(({ warmStart }) => !warmStart);
  expect(stages.map(({ identity }) => identity.seed).sort()).toEqual([101, 102]);
  expect(started).toHaveLength(2 * 2);
  for (const { identity, warmStart } of started) {
    const stage = stages.find(({ run }) => warmStart[0].folder.endsWith(run));
    expect([stage.identity.seed, warmStart[0].leaves]).toEqual([identity.seed, expect.any(Number)]);
  }
  for (const { run } of stages) {
    expect(existsSync(at('staged', 'search', run, 'trial.json'))).toBe(true);
    for (const file of ['result.json', 'receipt.json'])
      expect(existsSync(at('staged', 'search', run, file))).toBe(false);
  }
  expect(await searched()).toEqual(first);
  expect(await interfuse(['compare', 'staged.tuned.yaml', '--quiet'], folder)).toMatchObject({ code: 0 });
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
