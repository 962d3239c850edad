/** The public surface of core is written down, and a change of it is seen. */
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

const script = fileURLToPath(new URL('../scripts/api.mjs', import.meta.url));
const report = fileURLToPath(new URL('../packages/core/api.md', import.meta.url));

function check(...files: string[]): Promise<{ code: number; error: string }> {
  return new Promise((resolve) => {
    execFile(process.execPath, [script, '--check', ...files], (error, _, stderr) =>
      resolve({ code: error === null ? 0 : Number(error.code), error: stderr }),
    );
  });
}

it('the report is that of what is built', async () => {
  expect(await check()).toEqual({ code: 0, error: '' });
});

it('a declaration that has changed is found, with the command that writes the report', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'interfuse-api-'));
  const text = await readFile(report, 'utf8');
  await writeFile(join(folder, 'api.md'), text.replace('readonly hasText: boolean;', 'readonly hasText?: boolean;'));
  const { code, error } = await check(join(folder, 'api.md'));
  await rm(folder, { recursive: true });
  expect([code, error]).toEqual([1, expect.stringContaining('npm run api')]);
});

it('it has every kind of plugin, their contracts, and every error code', async () => {
  const text = await readFile(report, 'utf8');
  for (const name of ['defineFusion', 'FusionModule', 'LanguageModel', 'Encoder', 'Dataset', 'MetricFamily']) {
    expect(text).toMatch(new RegExp(`^export (interface|declare function) ${name}\\b`, 'm'));
  }
  expect(text).toContain('readonly PLUGIN_SECOND_CORE: {');
  expect(text).toMatch(/^## @interfuse\/core\/host$/m);
});
