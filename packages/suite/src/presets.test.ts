/** The comparisons that come with the command. */
import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { openExperiment } from './experiment/open-experiment.js';
import { planRuns } from './experiment/plan.js';
import { presetFiles } from './experiment/preset-files.js';
import { main } from './main.js';

const silent = { debug() {}, info() {}, warn() {} };
const names = Object.keys(presetFiles) as (keyof typeof presetFiles)[];

const open = (preset: keyof typeof presetFiles, workingFolder = tmpdir()) =>
  openExperiment({ workingFolder, configFile: presetFiles[preset], overrides: [] }, silent);

it('have their own names, and their runs belong to whoever works here', async () => {
  const experiments = await Promise.all(names.map((name) => open(name)));
  expect(new Set(experiments.map(({ config }) => config.name)).size).toBe(names.length);
  for (const { outputFolder } of experiments) expect(outputFolder).toBe(join(tmpdir(), 'runs'));
});

it('a config in another folder is what its own folder says', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'interfuse-preset-'));
  await cp(presetFiles.standard, join(folder, 'standard.yaml'));
  const request = { workingFolder: tmpdir(), configFile: join(folder, 'standard.yaml'), overrides: [] };
  expect((await openExperiment(request, silent)).outputFolder).toBe(join(folder, 'runs'));
  await rm(folder, { recursive: true });
});

it('grow from one to the next, in seeds, epochs and strategies, with the same data and encoders', async () => {
  const configs = (await Promise.all(names.map((name) => open(name)))).map(({ config }) => config);
  const growing = (sizes: number[]) => expect(sizes).toEqual([...sizes].sort((a, b) => a - b));
  growing(configs.map(({ training }) => training.epochs as number));
  expect(configs.map(({ seeds }) => seeds.length)).toEqual([3, 5, 10]);
  const strategies = configs.map(({ fusion }) => fusion.map((slot) => JSON.stringify(slot)));
  for (const [index, own] of strategies.slice(1).entries())
    expect(own).toEqual(expect.arrayContaining(strategies[index] ?? []));
  for (const { data, encoders, languageModel } of configs) {
    expect({ data, encoders, languageModel }).toEqual({
      data: configs[0]?.data,
      encoders: configs[0]?.encoders,
      languageModel: configs[0]?.languageModel,
    });
  }
});

it('give every strategy the same budget', async () => {
  for (const name of names) {
    const experiment = await open(name);
    const runs = await planRuns({ ...experiment, config: { ...experiment.config, seeds: [1] } });
    const budgets = runs.map(({ strategy: { settings } }) => [
      settings.epochs,
      settings.batchSize,
      settings.accumulate,
      settings.patience,
    ]);
    expect(new Set(budgets.map((budget) => budget.join(' '))).size, JSON.stringify(budgets)).toBe(1);
  }
});

it.each([
  [['compare', '--preset', 'papr'], 'Did you mean "paper"?'],
  [['compare', 'mine.yaml', '--preset', 'paper'], 'a preset or a config file'],
])('%j is refused', async (args, said) => {
  let error = '';
  const code = await main(args, {
    stdout: { write() {} },
    stderr: {
      write(text: string) {
        error += text;
      },
    },
    env: {},
    cwd: tmpdir,
    on() {},
    off() {},
  } as Parameters<typeof main>[1]);
  expect([code, error]).toEqual([2, expect.stringContaining(said)]);
});
