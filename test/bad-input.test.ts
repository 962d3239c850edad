/** Bad input to the `interfuse` command, as it is built: a coded error, exit code 2, and no folder left behind. */
import { cp, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it, onTestFinished } from 'vitest';
import { writeSmallExperiment } from '../packages/suite/test/small-experiment.js';
import { type Ended, interfuse } from './support/interfuse.js';

let template: string;
beforeAll(async () => {
  template = await mkdtemp(join(tmpdir(), 'interfuse-'));
  await writeSmallExperiment(template);
});
afterAll(() => rm(template, { recursive: true }));

async function copyOfTemplate(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'interfuse-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  await cp(template, folder, { recursive: true });
  return folder;
}

/** The code, its meaning, the place, what was expected, what came, and what to do. */
function expectRefusal({ code, out, error }: Ended, expected: string): void {
  expect([code, out]).toEqual([2, '']);
  expect(error).toMatch(new RegExp(`^${expected}: .+\\n  where .+\\n  expected .+\\n  got .+\\n  to do .+`));
}

const cases: [string, string[], string][] = [
  ['an unknown strategy', ['fusion.use=earli'], 'PLUGIN_UNKNOWN'],
  ['an unknown language model', ['languageModel.use=lama'], 'PLUGIN_UNKNOWN'],
  ['a misspelt option', ['fusion.use=late', 'fusion.options.widht=8'], 'CONFIG_UNKNOWN_OPTION'],
  ['a misspelt section', ['trainin.epochs=3'], 'CONFIG_UNKNOWN_OPTION'],
  ['a value of the wrong type', ['training.epochs=many'], 'CONFIG_WRONG_VALUE'],
  ['a metric that there is not', ['evaluation.select=MEA'], 'CONFIG_WRONG_VALUE'],
  ['an encoder for no stream', ['encoders.audoi=mean'], 'CONFIG_UNKNOWN_OPTION'],
  ['a modality that there is not', ['fusion.use=unimodal', 'fusion.options.modality=smell'], 'CONFIG_WRONG_VALUE'],
  ['a missing dataset', ['data.options.path=nowhere'], 'FILE_NOT_FOUND'],
  ['a missing checkpoint', ['languageModel.options.checkpoint=./nowhere'], 'LANGUAGE_MODEL_UNKNOWN'],
  ['a plugin that cannot be loaded', ['plugins=./nowhere.ts'], 'PLUGIN_NOT_LOADED'],
  ['an override without a value', ['seeds='], 'CONFIG_BAD_OVERRIDE'],
  ['a text longer than the language model reads', ['data.textLength=100000'], 'TEXT_TOO_LONG'],
  ['two config files', ['other.json'], 'COMMAND_USAGE'],
  ['an unknown flag', ['--fast'], 'COMMAND_USAGE'],
];

// All in one folder and at the same time, since none of them writes anything.
it.concurrent.each(cases)('%s is a coded error that leaves nothing behind', async (_what, args, code) => {
  expectRefusal(await interfuse(['compare', 'config.json', ...args], template), code);
  expect(await readdir(template)).toEqual(['config.json', 'data']);
});

it('a config file that is missing or unreadable is named, with line and column', async () => {
  const folder = await copyOfTemplate();
  expectRefusal(await interfuse(['compare', 'cofnig.json'], folder), 'CONFIG_NOT_FOUND');
  await writeFile(join(folder, 'config.json'), '{ "data": "sentences",');
  const ended = await interfuse(['compare', 'config.json'], folder);
  expectRefusal(ended, 'CONFIG_UNREADABLE');
  expect(ended.error).toContain('config.json:1:');
  expect(await readdir(folder)).toEqual(['config.json', 'data']);
});

it('a dataset whose widths disagree is refused before any run', async () => {
  const folder = await copyOfTemplate();
  const description = join(folder, 'data', 'dataset.json');
  await writeFile(description, (await readFile(description, 'utf8')).replace('"width": 4', '"width": 5'));
  expectRefusal(await interfuse(['compare', 'config.json'], folder), 'DATASET_INVALID');
  expect(await readdir(folder)).toEqual(['config.json', 'data']);
});

it('a training that diverges at once leaves no run folder', async () => {
  const folder = await copyOfTemplate();
  const tooFast = ['training.learningRate=1e38', 'training.warmup=0', 'training.clipNorm=0', 'seeds=1'];
  const { code, error } = await interfuse(['compare', 'config.json', 'fusion.use=unimodal', ...tooFast], folder);
  expect([code, error]).toEqual([2, expect.stringContaining('TRAINING_DIVERGED')]);
  expect(await readdir(join(folder, 'runs'))).toEqual(['small-plan.json']);
});
