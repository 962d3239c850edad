/** A run that is killed, and not even told so, goes on from its last epoch and ends with the bytes of one that was not. */
import { existsSync } from 'node:fs';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { writeSmallExperiment } from '../packages/suite/test/small-experiment.js';
import { interfuse, startInterfuse } from './support/interfuse.js';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'interfuse-kill-'));
  await writeSmallExperiment(folder, { engine: 'onnx', fusion: 'late', seeds: 1 });
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const args = ['train', 'config.json', 'training.epochs=60', 'training.patience=0'];

it('kill -9 of the command and its worker: the same command resumes to the same checkpoint and result', async () => {
  const started = startInterfuse(args, folder);
  const run = await until(async () => {
    const name = await runFolder('runs');
    return name !== undefined && (await epochsOf('runs', name)) > 3 ? name : undefined;
  });
  const lock = JSON.parse(await readFile(join(folder, 'runs', run, 'lock'), 'utf8')) as { process: number };
  expect(lock.process).not.toBe(started.process.pid);
  started.process.kill('SIGKILL');
  process.kill(lock.process, 'SIGKILL');
  await started.end;
  const before = await epochsOf('runs', run);
  expect(before).toBeLessThan(60);
  expect(existsSync(join(folder, 'runs', run, 'result.json'))).toBe(false);

  for (const again of [args, [...args, 'output=whole']]) {
    const { code, error } = await interfuse(again, folder);
    expect(code, error).toBe(0);
  }
  const weights = await weightsOf('whole', run);
  expect(weights.length).toBeGreaterThan(0);
  expect(await weightsOf('runs', run)).toEqual(weights);
  for (const file of [...weights, 'result.json', 'predictions.csv', 'metrics.jsonl']) {
    const [killed, whole] = await Promise.all(
      ['runs', 'whole'].map((output) => readFile(join(folder, output, run, file))),
    );
    expect(killed?.equals(whole as Buffer), file).toBe(true);
  }
});

async function runFolder(output: string): Promise<string | undefined> {
  const at = join(folder, output);
  return existsSync(at) ? (await readdir(at)).find((name) => name.startsWith('late-s1-')) : undefined;
}

async function epochsOf(output: string, run: string): Promise<number> {
  const file = join(folder, output, run, 'metrics.jsonl');
  return existsSync(file) ? (await readFile(file, 'utf8')).trim().split('\n').length : 0;
}

/** The checkpoints, parameters and optimizer state; what lies beside them tells times. */
async function weightsOf(output: string, run: string): Promise<string[]> {
  const names = await readdir(join(folder, output, run, 'checkpoint'));
  return names
    .filter((name) => name.endsWith('.safetensors'))
    .sort()
    .map((name) => join('checkpoint', name));
}

async function until<T>(look: () => Promise<T | undefined>): Promise<T> {
  for (;;) {
    const found = await look();
    if (found !== undefined) return found;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
