/** A new plugin is a whole package under its own name, or nothing at all; nothing that is there is touched. */
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, realpath, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createRegistry, type InterfuseError, loadPlugins } from '@interfuse/core';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { main } from './main.js';
import { readPluginName } from './plugin-name.js';
import { scaffoldPlugin, templateKinds } from './scaffold.js';

let workingFolder: string;
beforeEach(async () => {
  workingFolder = await realpath(await mkdtemp(join(tmpdir(), 'interfuse-scaffold-')));
});
afterEach(() => rm(workingFolder, { recursive: true }));

const codeOf = (promise: Promise<unknown>): Promise<string> =>
  promise.then(
    () => 'none',
    (error: InterfuseError) => error.code,
  );

describe.each(templateKinds)('a new plugin of kind %s', (kind) => {
  it('has its own name everywhere, and all that a package needs', async () => {
    const { folder, files } = await scaffoldPlugin({ name: 'second-glance', kind, scope: 'lab', workingFolder });
    expect(files).toEqual(
      expect.arrayContaining([
        ...['.gitignore', 'LICENSE', 'README.md', 'config.yaml', 'package.json', 'src/index.ts', 'src/plugin.ts'],
        ...['tsconfig.build.json', 'tsconfig.json'],
      ]),
    );
    expect(files.filter((file) => file.endsWith('.test.ts')).length).toBeGreaterThan(0);
    for (const file of files) {
      const text = await readFile(join(folder, file), 'utf8');
      expect(text, file).not.toMatch(/template-?name|template name|@scope|\(year\)/i);
    }
    const manifest = JSON.parse(await readFile(join(folder, 'package.json'), 'utf8'));
    expect(manifest).toMatchObject({ name: '@lab/second-glance', keywords: ['interfuse-plugin'], license: 'MIT' });
    expect(manifest.peerDependencies['@interfuse/core']).toMatch(/^\^\d+\.\d+\.\d+$/);
  });

  it('is loaded from its sources, under the id of its package', async () => {
    const { folder } = await scaffoldPlugin({ name: '@lab/second-glance', kind, workingFolder });
    // As an installation would: the packages of this repository, found from where the plugin lies.
    await symlink(new URL('../../../node_modules', import.meta.url), join(folder, 'node_modules'), 'dir');
    const registry = createRegistry(await loadPlugins(['./src/index.ts'], folder));
    expect(registry.list().map(({ plugin }) => [plugin.kind, plugin.id])).toEqual([[kind, '@lab/second-glance']]);
  });
});

describe('the package.json of a new plugin', () => {
  it('asks for versions that this repository has', async () => {
    const versions = new Map<string, string>();
    for (const kind of templateKinds) {
      const { folder } = await scaffoldPlugin({ name: `a-${kind}`, kind, workingFolder });
      const { devDependencies } = JSON.parse(await readFile(join(folder, 'package.json'), 'utf8'));
      for (const [name, range] of Object.entries(devDependencies)) versions.set(name, range as string);
    }
    for (const [name, range] of versions) {
      const installed = new URL(`../../../node_modules/${name}/package.json`, import.meta.url);
      const { version } = JSON.parse(await readFile(installed, 'utf8'));
      // A caret lets the places after the first that is not zero grow.
      const [, asked] = /^\^?(0\.\d+|[1-9]\d*)\./.exec(range) ?? [];
      expect(version, name).toMatch(new RegExp(`^${asked?.replace('.', '\\.')}\\.`));
    }
  });
});

describe('what cannot be written', () => {
  it.each(['My-Fusion', '../up', 'a/b', '9lives', 'double--dash', '-dash', '', '.', 'node_modules', '@/x', '@Lab/x'])(
    'the name "%s" is refused',
    async (name) => {
      expect(await codeOf(scaffoldPlugin({ name, workingFolder }))).toBe('PLUGIN_NAME');
      expect(await readdir(workingFolder)).toEqual([]);
    },
  );

  it('two scopes, and a scope that is none, are refused', async () => {
    expect(await codeOf(scaffoldPlugin({ name: '@lab/x', scope: 'other', workingFolder }))).toBe('PLUGIN_NAME');
    expect(await codeOf(scaffoldPlugin({ name: 'x', scope: 'Not A Scope', workingFolder }))).toBe('PLUGIN_NAME');
    expect(await codeOf(scaffoldPlugin({ name: 'x'.repeat(215), workingFolder }))).toBe('PLUGIN_NAME');
  });

  it('a kind that there is not is refused with a guess', async () => {
    const error = await scaffoldPlugin({ name: 'x', kind: 'fusoin', workingFolder }).catch((thrown) => thrown);
    expect([error.code, error.message]).toEqual(['COMMAND_USAGE', expect.stringContaining('Did you mean "fusion"?')]);
  });

  it('a folder or a file that is there stays as it is', async () => {
    await mkdir(join(workingFolder, 'there'));
    await writeFile(join(workingFolder, 'file'), 'mine');
    expect(await codeOf(scaffoldPlugin({ name: 'there', workingFolder }))).toBe('FILE_EXISTS');
    expect(await codeOf(scaffoldPlugin({ name: 'file', workingFolder }))).toBe('FILE_EXISTS');
    expect(await readdir(workingFolder)).toEqual(['file', 'there']);
    expect(await readFile(join(workingFolder, 'file'), 'utf8')).toBe('mine');
  });

  it('a place where nothing can be made leaves nothing half written', async () => {
    await writeFile(join(workingFolder, 'file'), '');
    const inFile = join(workingFolder, 'file');
    expect(await codeOf(scaffoldPlugin({ name: 'x', workingFolder: inFile }))).toBe('FILE_NOT_WRITTEN');
    expect(await readdir(workingFolder)).toEqual(['file']);
  });

  it.skipIf(process.platform === 'win32')('the folder has the permissions of any other', async () => {
    await mkdir(join(workingFolder, 'other'));
    const { folder } = await scaffoldPlugin({ name: 'x', workingFolder });
    const modeOf = async (path: string) => (await stat(path)).mode;
    expect(await modeOf(folder)).toBe(await modeOf(join(workingFolder, 'other')));
  });

  it('of two at the same time, one is made', async () => {
    const made = await Promise.allSettled([1, 2, 3].map(() => scaffoldPlugin({ name: 'x', workingFolder })));
    expect(made.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    expect(await readdir(workingFolder)).toEqual(['x']);
  });
});

describe('the name of a plugin', () => {
  it('is spelt as each place needs it', () => {
    expect(readPluginName('second-glance2', '@lab')).toEqual({
      package: '@lab/second-glance2',
      bare: 'second-glance2',
      camel: 'secondGlance2',
      pascal: 'SecondGlance2',
      title: 'Second glance2',
    });
  });
});

describe('the command create-interfuse-plugin', () => {
  const run = async (...args: string[]) => {
    const [out, error] = [[] as string[], [] as string[]];
    const code = await main(args, {
      stdout: { write: (text: string) => out.push(text) },
      stderr: { write: (text: string) => error.push(text) },
      cwd: () => workingFolder,
    });
    return { code, out: out.join(''), error: error.join('') };
  };

  it('writes the package and says what comes next', async () => {
    const { code, out } = await run('my-fusion', '--kind', 'metric');
    expect([code, out]).toEqual([0, expect.stringContaining('cd my-fusion')]);
    expect(existsSync(join(workingFolder, 'my-fusion', 'package.json'))).toBe(true);
  });

  it.each([
    [[], 'COMMAND_USAGE'],
    [['one', 'two'], 'COMMAND_USAGE'],
    [['one', '--knid', 'metric'], 'COMMAND_USAGE'],
    [['One'], 'PLUGIN_NAME'],
  ])('%j ends with 2 and %s', async (args, expected) => {
    const { code, error } = await run(...args);
    expect([code, error]).toEqual([2, expect.stringContaining(expected)]);
  });

  it('shows its usage', async () => {
    expect((await run('--help')).out).toContain('npm create interfuse-plugin');
  });
});
