/** Runs through Slurm, as the command is built: a real one where it is installed, with daemons of its own. */
import { existsSync } from 'node:fs';
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { writeSmallExperiment } from '../packages/suite/test/small-experiment.js';
import { interfuse, startInterfuse } from './support/interfuse.js';
import { missingForSlurm, SlurmCluster } from './support/slurm.js';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'interfuse-'));
  await writeSmallExperiment(folder, {
    fusion: { use: 'stream-encoder', options: { pool: 'mean' }, warmStart: { run: 'encoders', select: 'streams/**' } },
    stages: { encoders: { fusion: 'stream-encoder', training: { epochs: 1, batchSize: 8 } } },
    training: { epochs: 1, batchSize: 8 },
    seeds: [1],
  });
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const at = (...path: string[]) => join(folder, ...path);

it('without Slurm, --launcher slurm says what is missing, and makes no folder', async () => {
  for (const command of ['compare', 'search']) {
    const args = [command, 'config.json', 'output=nowhere', '--launcher', 'slurm'];
    const { code, out, error } = await interfuse(args, folder, { PATH: folder });
    expect([code, out]).toEqual([2, '']);
    expect(error).toMatch(/^TOOL_NOT_FOUND[\s\S]*got +no sbatch, no squeue, no scancel/);
  }
  expect(existsSync(at('nowhere'))).toBe(false);
});

it.each([['--detach'], ['--slurm-options', '--mem=8G']])('%s is for --launcher slurm', async (...flags) => {
  const { code, error } = await interfuse(['compare', 'config.json', ...flags], folder);
  expect([code, error]).toEqual([2, expect.stringMatching(/^COMMAND_USAGE[\s\S]*Add --launcher slurm/)]);
});

const missing = missingForSlurm();
if (missing !== undefined) process.stderr.write(`No run goes through a real Slurm: ${missing}.\n`);

describe.skipIf(missing !== undefined)('through a real Slurm', () => {
  let cluster: SlurmCluster;
  beforeAll(async () => {
    cluster = await SlurmCluster.start();
  }, 120_000);
  afterAll(() => cluster?.stop(), 120_000);

  const slurm = ['--launcher', 'slurm', '--slurm-options', '--cpus-per-task=1'];
  const submit = (args: readonly string[]) => startInterfuse([...args, ...slurm], folder, cluster.environment);

  it('a comparison comes to the same bytes as here, its stages first', async () => {
    const compare = ['compare', 'config.json', 'seeds=1,2'];
    const [here, there] = await Promise.all([
      interfuse([...compare, 'output=here', '--quiet'], folder),
      submit([...compare, 'output=there']).end,
    ]);
    expect([here.code, there.code], there.error).toEqual([0, 0]);
    expect(there.error.match(/^Submitted 2 runs to Slurm: job \d+\.$/gm)).toHaveLength(2);
    const names = await runFolders('here');
    expect(names).toHaveLength(4);
    expect(await runFolders('there')).toEqual(names);
    for (const name of names) await expectSame(name, 'here', 'there');
    // Nothing of the submission stays.
    expect(existsSync(at('there', '.slurm'))).toBe(false);

    const times = { stages: [] as number[], others: [] as number[] };
    for (const name of names) {
      const manifest = JSON.parse(await readFile(at('there', name, 'manifest.json'), 'utf8'));
      const isStage = manifest.warmStart === undefined;
      const file = isStage ? 'result.json' : 'manifest.json';
      times[isStage ? 'stages' : 'others'].push((await stat(at('there', name, file))).mtimeMs);
    }
    expect([times.stages.length, times.others.length]).toEqual([2, 2]);
    expect(Math.max(...times.stages)).toBeLessThan(Math.min(...times.others));
  });

  it('a run that is requeued goes on from its last epoch to the same bytes; Ctrl-C cancels it', async () => {
    const train = ['train', 'config.json', 'fusion={use: stream-encoder, options: {pool: mean}}', 'training.epochs=60'];
    const alone = interfuse([...train, 'training.patience=0', 'output=alone', '--quiet'], folder);
    const args = [...train, 'training.patience=0', 'output=requeued'];
    const stopped = submit(args);
    await until(async () => (await epochsDone('requeued')) > 2);
    stopped.process.kill('SIGINT');
    const pressed = performance.now();
    expect(await stopped.end).toMatchObject({ code: 130, error: expect.stringContaining('0 of 1 runs are finished.') });
    expect(performance.now() - pressed).toBeLessThan(2500);
    await until(async () => (await cluster.tasksAlive()).length === 0);
    const [name] = (await runFolders('requeued')) as [string];
    expect(existsSync(at('requeued', name, 'lock'))).toBe(false);

    // Submitted without waiting, requeued while it runs, then collected.
    const before = await epochsDone('requeued');
    const detached = await submit([...args, '--detach']).end;
    expect([detached.code, detached.out], detached.error).toEqual([0, '']);
    await until(async () => (await epochsDone('requeued')) > before + 2);
    const [task] = (await cluster.tasksAlive()) as [string];
    await cluster.ask('scontrol', 'requeue', task);
    const history = await until(async () => {
      const state = await cluster.ask('squeue', '--noheader', '--array', '--format=%T');
      return state.trim() === 'PENDING' ? readFile(at('requeued', name, 'metrics.jsonl'), 'utf8') : undefined;
    });
    // Slurm would wait for two minutes. Its credentials count seconds: in the second of the requeue nothing can start again.
    await pause(1100);
    await cluster.ask('scontrol', 'update', `JobId=${task}`, 'StartTime=now');
    const collected = await submit(args).end;
    expect(collected.code, collected.error).toBe(0);
    expect(collected.error).toContain('1 run had been submitted to Slurm before.\n');
    expect(collected.error).toMatch(/: Slurm has started it again, on .*: it goes on from its last epoch\.\n/);
    expect(collected.error).not.toContain('Submitted');
    expect((await alone).code).toBe(0);
    await expectSame(name, 'alone', 'requeued');
    const whole = await readFile(at('requeued', name, 'metrics.jsonl'), 'utf8');
    expect(history.trim().split('\n').length).toBeLessThan(60);
    expect(whole.startsWith(history)).toBe(true);
  });

  it('a run that crashes takes with it only what needs it, and the exit code is that of here', async () => {
    await writeFile(at('crash.mjs'), crashingPlugin);
    const args = [
      ...['compare', 'config.json', 'plugins=./crash.mjs', 'stages={first: {fusion: crash}}'],
      'fusion=[{use: crash, warmStart: {run: first, select: bias}}, {use: stream-encoder, options: {pool: mean}}]',
    ];
    const [here, there] = await Promise.all([
      interfuse([...args, 'output=crashed-here'], folder),
      submit([...args, 'output=crashed-there']).end,
    ]);
    expect([here.code, there.code], there.error).toEqual([1, 1]);
    for (const { error, out } of [here, there]) {
      expect(out).toBe('');
      expect(error).toMatch(/stage first, seed 1 failed: [\s\S]* before its run was over\./);
      expect(error).toMatch(/crash after first, seed 1 failed: [\s\S]*STAGE_FAILED/);
      expect(error).toContain('1 of 3 runs are finished.');
    }
    expect(there.error).toMatch(/Job \d+_\d+ ended \(FAILED\)/);
  });

  async function epochsDone(output: string): Promise<number> {
    const [name] = existsSync(at(output)) ? await runFolders(output) : [];
    const file = at(output, name ?? '', 'metrics.jsonl');
    return existsSync(file) ? (await readFile(file, 'utf8')).trim().split('\n').length : 0;
  }
});

async function runFolders(output: string): Promise<string[]> {
  const names = await readdir(at(output));
  return names.filter((name) => existsSync(at(output, name, 'manifest.json'))).sort();
}

async function expectSame(name: string, ...outputs: [string, string]): Promise<void> {
  for (const file of ['result.json', 'predictions.csv', 'metrics.jsonl']) {
    const [one, other] = await Promise.all(outputs.map((output) => readFile(at(output, name, file))));
    expect(one?.equals(other as Buffer), `${name}/${file}`).toBe(true);
  }
}

async function until<T>(look: () => Promise<T | undefined | false>): Promise<T> {
  for (;;) {
    const found = await look();
    if (found !== undefined && found !== false) return found;
    await pause(50);
  }
}

/** A strategy with one parameter, whose process ends when it is used. */
const crashingPlugin = `
export const plugins = [{
  kind: 'fusion', id: 'crash', version: '1.0.0', apiVersion: 1, title: 'Trial', summary: 'Ends badly.',
  category: 'late', requires: {}, missing: 'zeros', padding: 'invariant',
  options: { type: 'object', additionalProperties: false, properties: {} },
  load: async () => () => ({
    parameters: { bias: { shape: [1], start: { kind: 'constant', value: 0 }, train: true } },
    state: {},
    forward: () => process.kill(process.pid, 'SIGKILL'),
  }),
}];
`;
