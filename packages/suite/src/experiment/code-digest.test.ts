/** Digests of code: they change when the code does, and only then. */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { canonicalJson } from './canonical-json.js';
import { packageDigest, sourceDigest } from './code-digest.js';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'interfuse-digest-'));
});
afterEach(() => rm(folder, { recursive: true }));

async function write(path: string, text: string): Promise<string> {
  const file = join(folder, path);
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, text);
  return file;
}

describe('the digest of a file', () => {
  const entry = `
    import { a } from './a.js';
    import { b } from "./b";
    import tf from '@tensorflow/tfjs';
    export const load = async () => (await import('./deep/module.js')).create;`;

  it('covers what it imports by a relative path, however that is written', async () => {
    const file = await write('plugin.ts', entry);
    await write('a.ts', "export * from './beyond.js';");
    await write('b/index.ts', 'export const b = 1;');
    await write('deep/module.ts', 'export const create = 1;');
    await write('beyond.ts', 'export const a = 1;');
    const digests = new Set([await sourceDigest(file)]);
    for (const path of ['plugin.ts', 'a.ts', 'b/index.ts', 'deep/module.ts', 'beyond.ts']) {
      await write(path, path === 'plugin.ts' ? `${entry}\n` : `export const changed = 1; export * from './beyond.js';`);
      digests.add(await sourceDigest(file));
    }
    expect(digests.size).toBe(6);
  });

  it('does not depend on where it lies or on what lies beside it', async () => {
    const one = await write('one/plugin.ts', 'export const plugins = [];');
    const other = await write('other/plugin.ts', 'export const plugins = [];');
    await write('other/neighbour.ts', 'export {};');
    expect(await sourceDigest(one)).toBe(await sourceDigest(other));
  });
});

describe('the digest of a package', () => {
  it('is that of what was built, if it was built, and leaves out its tests', async () => {
    await write('node_modules/some/package.json', '{}');
    const source = await write('node_modules/some/src/index.ts', 'export const a = 1;');
    const digest = () => packageDigest('some', [join(folder, 'a', 'deeper')]);
    const ofSources = await digest();
    await write('node_modules/some/src/index.test.ts', 'it');
    expect(await digest()).toBe(ofSources);
    await write('node_modules/some/dist/index.js', 'export const a = 1;');
    const ofBuild = await digest();
    expect(ofBuild).not.toBe(ofSources);
    await writeFile(source, 'export const a = 2;');
    expect(await digest()).toBe(ofBuild);
  });

  it('of a package that is not there is refused', async () => {
    await expect(packageDigest('nowhere-to-be-found', [folder])).rejects.toMatchObject({ code: 'FILE_NOT_FOUND' });
  });
});

it('equal data have equal canonical JSON, in whatever order they were written', () => {
  expect(canonicalJson({ b: [1, { d: 1, c: 2 }], a: null })).toBe('{"a":null,"b":[1,{"c":2,"d":1}]}');
  expect(canonicalJson([1, 2])).not.toBe(canonicalJson([2, 1]));
});
