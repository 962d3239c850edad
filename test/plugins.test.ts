/** `interfuse plugins` as people meet it: new packages, plugins that fail beside others, and two copies of core. */
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { interfuse } from './support/interfuse.js';

let folder: string;
beforeEach(async () => {
  folder = await realpath(await mkdtemp(join(tmpdir(), 'interfuse-plugins-')));
});
afterEach(() => rm(folder, { recursive: true }));

describe('interfuse plugins new', () => {
  it('writes a package and says what comes next', async () => {
    const { code, out } = await interfuse(['plugins', 'new', 'second-glance', '--scope', 'lab'], folder);
    expect([code, out]).toEqual([0, expect.stringContaining('cd second-glance')]);
    const manifest = JSON.parse(await readFile(join(folder, 'second-glance', 'package.json'), 'utf8'));
    expect(manifest.name).toBe('@lab/second-glance');
  });

  it.each([
    [['Second'], 'PLUGIN_NAME'],
    [['late'], 'PLUGIN_DUPLICATE'],
    [['x', '--kind', 'engine'], 'COMMAND_USAGE'],
    [['there'], 'FILE_EXISTS'],
  ])('%j is refused with %s, and nothing is written', async (args, expected) => {
    await mkdir(join(folder, 'there'));
    const { code, error } = await interfuse(['plugins', 'new', ...args], folder);
    expect([code, error]).toEqual([2, expect.stringMatching(`^${expected}`)]);
    expect(await readdir(folder)).toEqual(['there']);
  });
});

describe('interfuse plugins list', () => {
  it('lists what loads, and reports with its stack what does not', async () => {
    await writeFile(
      join(folder, 'broken.ts'),
      'const depth: number = JSON.parse("{");\nexport const plugins = [depth];',
    );
    await writeFile(join(folder, 'fine.ts'), `export const plugins = [${metric('fine', 1)}];`);
    await writeFile(join(folder, 'old.ts'), `export const plugins = [${metric('old', 0)}, ${metric('new', 1)}];`);
    await writeFile(
      join(folder, 'all.json'),
      '{ "data": "sentences", "fusion": "late", "plugins": ["./broken.ts", "./old.ts", "./fine.ts"] }',
    );
    const { code, out, error } = await interfuse(['plugins', 'list', '--config', 'all.json'], folder);
    expect(code).toBe(2);
    for (const id of ['fine', 'new', 'deepmlf']) expect(out).toMatch(new RegExp(` ${id} `));
    expect(out).not.toMatch(/ old /);
    expect(error).toMatch(/^PLUGIN_THREW: [\s\S]*"\.\/broken\.ts"[\s\S]*SyntaxError: [\s\S]*broken\.ts:1/m);
    expect(error).toMatch(/^PLUGIN_API_VERSION: [\s\S]*"old" from \.\/old\.ts/m);
  });

  it('explains two copies of core', async () => {
    const copy = join(folder, 'mine', 'node_modules', '@interfuse', 'core');
    await mkdir(copy, { recursive: true });
    await writeFile(join(copy, 'package.json'), '{ "name": "@interfuse/core", "version": "0.0.9" }');
    await writeFile(join(folder, 'mine', 'index.ts'), `export const plugins = [${metric('mine', 1)}];`);
    await writeFile(join(folder, 'all.json'), '{ "data": "sentences", "fusion": "late", "plugins": "./mine" }');
    const { code, error } = await interfuse(['plugins', 'list', '--config', 'all.json'], folder);
    expect([code, error]).toEqual([2, expect.stringMatching(/^PLUGIN_SECOND_CORE/)]);
    expect(error).toContain(`0.0.9, in ${copy}`);
    expect(existsSync(copy)).toBe(true);
  });
});

const metric = (id: string, apiVersion: number) => `{
  kind: 'metric', id: '${id}', version: '1.0.0', apiVersion: ${apiVersion}, title: 'Trial', summary: 'For a test.',
  task: ['regression'], options: { type: 'object', additionalProperties: false, properties: {} },
  load: async () => () => ({ columns: [], compute: () => ({}) }),
}`;
