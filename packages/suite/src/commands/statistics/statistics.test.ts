/** `interfuse stats import`, as it is typed. */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runProgram } from '../program.js';

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
