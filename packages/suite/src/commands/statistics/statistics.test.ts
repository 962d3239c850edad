/** `interfuse stats`, as it is typed. */
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runProgram } from '../../program.js';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'interfuse-stats-'));
  // Errors of 0.2 and 1 around labels, with ripples of the sample and of the seed.
  for (const [name, error] of [
    ['good', 0.2],
    ['bad', 1],
  ] as const) {
    for (const seed of [1, 2, 3]) {
      const lines = Array.from({ length: 40 }, (_, item) => {
        const label = (item % 7) / 3 - 1;
        return `s${item},g${item % 20},${label},${label + error + 0.05 * Math.sin(item * error + 3) + 0.01 * seed}`;
      });
      await writeFile(join(folder, `${name}-s${seed}.csv`), `id,group,label,prediction\n${lines.join('\n')}\n`);
    }
  }
});
afterAll(() => rm(folder, { recursive: true }));

async function interfuse(...args: string[]): Promise<string> {
  let written = '';
  const write = (text: string) => {
    written += text;
  };
  const terminal = { out: { write }, error: { write }, environment: {} };
  await runProgram(args, { terminal, workingFolder: folder, signal: new AbortController().signal });
  return written;
}

const files = ['bad-s1.csv', 'bad-s2.csv', 'bad-s3.csv', 'good-s1.csv', 'good-s2.csv', 'good-s3.csv'];

describe('predictions from elsewhere', () => {
  it('are ranked and weighed, and reported as Markdown', async () => {
    const text = await interfuse('stats', 'import', ...files, '--margin', '0.1', '--output', 'report.md');
    expect(text).toContain('40 samples in 20 groups');
    expect(text).toMatch(/good +bad +-0\.[78]\d+ .* different/);
    expect(await readFile(join(folder, 'report.md'), 'utf8')).toMatch(/\| good \| bad \| -0\.[78]\d+ \|/);
  });

  it('are weighed by the metric that is asked for', async () => {
    expect(await interfuse('stats', 'import', ...files, '--primary', 'Corr')).toContain('crossed bootstrap');
  });

  it.each([
    ['one strategy alone', ['good-s1.csv'], 'COMMAND_USAGE'],
    ['a file that is not there', ['none.csv'], 'FILE_NOT_FOUND'],
    ['metrics of another task', [...files, '--metrics', 'classification'], 'COMMAND_USAGE'],
    ['a metric that the family has not', [...files, '--primary', 'BLEU'], 'COMMAND_USAGE'],
    ['a margin of nothing', [...files, '--margin', '0'], 'COMMAND_USAGE'],
  ])('are refused: %s', async (_, args, code) => {
    await expect(interfuse('stats', 'import', ...args)).rejects.toMatchObject({ code });
  });
});

describe('one strategy with several seeds', () => {
  it('is dealt into fake ones, and nothing is declared', async () => {
    const renumbered = (file: string) => file.replace(/\d/, (seed) => `1${seed}`);
    for (const file of files.slice(3)) await cp(join(folder, file), join(folder, renumbered(file)));
    const text = await interfuse('stats', 'aa', ...files.slice(3), ...files.slice(3).map(renumbered), '--seeds', '2,3');
    expect(text).toContain('good: 6 seeds, 40 samples in 20 groups, by MAE.');
    expect(text).toMatch(/^ +3 +2 +3 +0 .* 1000 +\d/m);
    expect(text).toMatch(/^ +2 +3 +1 +0 .* 1000 +\d/m);
  });

  it('may be the runs of a comparison, each with its seed in the name of its folder', async () => {
    const runs = ['late-s1-0f3c9a52', 'late-s2-11111111', 'late-s3-a0b1c2d3', 'late-s4-abcdef01'];
    for (const [index, name] of runs.entries()) {
      await mkdir(join(folder, name));
      await cp(join(folder, `good-s${(index % 3) + 1}.csv`), join(folder, name, 'predictions.csv'));
    }
    const tables = runs.map((name) => join(name, 'predictions.csv'));
    expect(await interfuse('stats', 'aa', ...tables, '--seeds', '2')).toContain('late: 4 seeds');
  });

  it.each([
    ['several strategies', files, []],
    ['too few seeds', files.slice(3), ['--seeds', '2']],
    ['fake strategies of one seed', files.slice(3), ['--seeds', '1,2']],
    ['a metric that is no mean over samples', files.slice(0, 3), ['--primary', 'Corr']],
  ])('is refused: %s', async (_, tables, flags) => {
    await expect(interfuse('stats', 'aa', ...tables, ...flags)).rejects.toMatchObject({ code: 'COMMAND_USAGE' });
  });
});
