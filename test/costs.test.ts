/** What the command tells about time: what compiling took, and where the time of a run goes. */
import { existsSync } from 'node:fs';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { writeSmallExperiment } from '../packages/suite/test/small-experiment.js';
import { interfuse } from './support/interfuse.js';

let folder: string;
let temporary: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'interfuse-costs-'));
  temporary = await mkdtemp(join(folder, 'temporary-'));
  await writeSmallExperiment(folder, { engine: 'onnx', fusion: 'late', seeds: 1 });
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe('a run on the default engine', () => {
  it('says what compiling took, in the progress and in cost.json, never in result.json', async () => {
    const { code, error } = await interfuse(['train', 'config.json'], folder);
    expect(code).toBe(0);
    expect(error).toMatch(/^late, seed 1: finished after \d+\.\d s \(\d+\.\d s of it compiling\)/);
    const [run = ''] = (await readdir(join(folder, 'runs'))).filter((name) => name.startsWith('late-'));
    const file = async (name: string) => JSON.parse(await readFile(join(folder, 'runs', run, name), 'utf8'));
    const cost = await file('cost.json');
    // Training and evaluation, each with a full batch; validation and test also with what remains of a split.
    expect(cost.signatures).toBeGreaterThanOrEqual(4);
    expect(cost.compileSeconds).toBeGreaterThan(0);
    expect(JSON.stringify(await file('result.json'))).not.toContain('econds');
  });
});

describe('train --profile', () => {
  it('prints the time of each kind of operation, longest first, and leaves nothing behind', async () => {
    const args = ['train', 'config.json', '--profile', 'output=profiled'];
    const { code, out, error } = await interfuse(args, folder, { TMPDIR: temporary });
    expect([code, error]).toEqual([0, '']);
    const rows = [...out.matchAll(/^(\w+) +(\d+\.\d{3}) +\d+\.\d % +(\d+)$/gm)].map(([, name, seconds, calls]) => ({
      name,
      seconds: Number(seconds),
      calls: Number(calls),
    }));
    const all = rows.pop();
    expect(all?.name).toBe('all');
    expect(rows.map(({ name }) => name)).toContain('MatMul');
    expect(rows.map(({ seconds }) => seconds)).toEqual(rows.map(({ seconds }) => seconds).sort((a, b) => b - a));
    expect(all?.calls).toBe(rows.reduce((sum, { calls }) => sum + calls, 0));
    expect(existsSync(join(folder, 'profiled'))).toBe(false);
    expect((await readdir(temporary)).filter((name) => name.startsWith('interfuse-'))).toEqual([]);
  });

  it('says so where the engine has no profiler', async () => {
    const { code, error } = await interfuse(['train', 'config.json', '--profile', 'engine.use=cpu'], folder);
    expect([code, error]).toEqual([2, expect.stringMatching(/^ENGINE_WITHOUT_PROFILER[\s\S]*engine\.use=onnx/)]);
  });
});
