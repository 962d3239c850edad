/** Stages from end to end, as the command is built: runs that wait for others, and start with their weights. */
import { existsSync } from 'node:fs';
import { cp, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { writeSmallExperiment } from '../packages/suite/test/small-experiment.js';
import { interfuse, startInterfuse } from './support/interfuse.js';

let template: string;
let folder: string;
beforeAll(async () => {
  template = await mkdtemp(join(tmpdir(), 'interfuse-'));
  await writeSmallExperiment(template, {
    fusion: [
      { use: 'stream-encoder', options: { pool: 'mean' } },
      {
        use: 'stream-encoder',
        options: { pool: 'mean' },
        warmStart: { run: 'encoders', select: 'streams/**' },
      },
    ],
    stages: { encoders: { fusion: 'stream-encoder', training: { epochs: 1, batchSize: 8 } } },
    training: { epochs: 1, batchSize: 8 },
    seeds: [1, 2],
  });
});
afterAll(() => rm(template, { recursive: true }));
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'interfuse-'));
  await cp(template, folder, { recursive: true });
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const at = (...path: string[]) => join(folder, ...path);
const runFolders = async () =>
  (await readdir(at('runs'))).filter((name) => existsSync(at('runs', name, 'manifest.json')));
/** The run of this seed that started warm. */
async function afterStage(seed: number): Promise<string> {
  for (const name of await runFolders()) {
    const manifest = JSON.parse(await readFile(at('runs', name, 'manifest.json'), 'utf8'));
    if (manifest.warmStart !== undefined && manifest.identity.seed === seed) return join('runs', name);
  }
  throw new Error('no run started warm');
}

describe('a comparison with a stage', () => {
  it('runs it before what needs it, tells of it beside the table, and its runs open again', async () => {
    const first = await interfuse(['compare', 'config.json'], folder);
    expect(first.code, first.error).toBe(0);
    const lines = first.error.trim().split('\n');
    expect(lines[0]).toMatch(/^stream-encoder after encoders starts with \d+ leaves of encoders \([\d.]+ k values\)$/);
    expect(lines.slice(1).sort()).toEqual(
      [
        /^stage encoders, seed 1: finished after .* \(\d of 6\)$/,
        /^stage encoders, seed 2: /,
        /^stream-encoder after encoders, seed 1: /,
        /^stream-encoder after encoders, seed 2: /,
        /^stream-encoder, seed 1: /,
        /^stream-encoder, seed 2: /,
      ].map((line) => expect.stringMatching(line)),
    );
    const ranked = first.out.split('\n').filter((line) => /^[12] /.test(line));
    const names = ranked.map((line) => line.slice(3).split(/ (?:↑\d| ) */u)[0]);
    expect(names.sort()).toEqual(['stream-encoder', 'stream-encoder after encoders']);
    expect(first.out).toMatch(
      /- Stages, one run for each seed: encoders \(stream-encoder, [\d.]+ k trained, valid MAE /,
    );
    const report = JSON.parse(await readFile(at('runs', 'small-comparison.json'), 'utf8'));
    expect(report.stages).toMatchObject([{ name: 'encoders', runs: [expect.any(String), expect.any(String)] }]);

    const second = await interfuse(['compare', 'config.json'], folder);
    expect(second).toEqual({ code: 0, out: first.out, error: '6 of 6 runs were finished before.\n' });

    const run = await afterStage(1);
    for (const command of [
      ['evaluate', run],
      ['inspect', run],
      ['export', run, 'model.onnx'],
    ]) {
      const again = await interfuse(command, folder);
      expect(again.code, again.error).toBe(0);
    }
  });

  it('does not start what needs a stage that failed, says so, and finishes the rest', async () => {
    await writeFile(at('crash.mjs'), crashingPlugin);
    const changes = ['plugins=./crash.mjs', 'stages.encoders.fusion.use=crash', 'seeds=1'];
    const { code, error } = await interfuse(['compare', 'config.json', ...changes], folder);
    expect(code).toBe(1);
    expect(error).toMatch(/stage encoders, seed 1 failed: runs\/crash-s1-/);
    expect(error).toMatch(
      /stream-encoder after encoders, seed 1 failed: [\s\S]*STAGE_FAILED[\s\S]*the weights of crash-s1-/,
    );
    expect(error).toContain('1 of 3 runs are finished.');
  });
});

describe('train --stage', () => {
  it('trains the stage alone, which the comparison then finds finished', async () => {
    const alone = await interfuse(['train', 'config.json', '--stage', 'encoders', '--seed', '2'], folder);
    expect(alone.code, alone.error).toBe(0);
    expect(alone.error).toMatch(/^stage encoders, seed 2: finished .* \(1 of 1\)\n$/);
    expect(alone.out).toMatch(/^ +2 +1 +test .* runs\/stream-encoder-s2-/m);
    const all = await interfuse(['compare', 'config.json', 'seeds=2'], folder);
    expect(all.error).toMatch(/^1 of 3 runs were finished before\./);
  });

  it('knows which stages there are', async () => {
    const { code, error } = await interfuse(['train', 'config.json', '--stage', 'encoder'], folder);
    expect(code).toBe(2);
    expect(error).toMatch(/^COMMAND_USAGE[\s\S]*a stage: encoders[\s\S]*Did you mean "encoders"\?/);
  });
});

it('Ctrl-C in a stage stops everything, and the same command goes on from there', async () => {
  const long = ['compare', 'config.json', 'seeds=1', 'stages.encoders.training.epochs=60', '--jobs', '1'];
  const started = startInterfuse(long, folder);
  const epochs = async () => {
    const [run] = existsSync(at('runs')) ? await runFolders() : [];
    const file = at('runs', run ?? '', 'metrics.jsonl');
    return existsSync(file) ? (await readFile(file, 'utf8')).trim().split('\n').length : 0;
  };
  while (started.process.exitCode === null && (await epochs()) < 3)
    await new Promise((resolve) => setTimeout(resolve, 20));
  started.process.kill('SIGINT');
  const { code, error } = await started.end;
  expect([code, (await runFolders()).length]).toEqual([130, 1]);
  expect(error).toContain('0 of 3 runs are finished.');
  const again = await interfuse(long, folder);
  expect(again.code, again.error).toBe(0);
});

/** Trains a step or two, and is then gone. */
const crashingPlugin = `
export const plugins = [{
  kind: 'fusion', id: 'crash', version: '1.0.0', apiVersion: 1, title: 'Crash', summary: 'Crashes.', category: 'late',
  requires: {}, missing: 'zeros', padding: 'fixed',
  options: { type: 'object', additionalProperties: false, properties: {} },
  load: async () => () => ({
    parameters: { streams: { join: { bias: { shape: [32], start: { kind: 'constant', value: 0 }, train: true } } } },
    state: {},
    forward() { process.kill(process.pid, 'SIGKILL'); },
  }),
}];
`;
