/** Plugins are loaded from packages, files and folders beside the config; installed ones are listed and not imported. */
import { mkdir, mkdtemp, realpath, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { early } from '../../test/sample-plugins.js';
import { rejected } from '../../test/thrown.js';
import { createRegistry } from '../registry.js';
import { findInstalled } from './find-installed.js';
import { loadEachPlugin, loadPlugins } from './load-plugins.js';

let folder: string;

async function write(path: string, text: string): Promise<void> {
  await mkdir(dirname(join(folder, path)), { recursive: true });
  await writeFile(join(folder, path), text);
}

/** The folder of @interfuse/core itself. */
const ownPackage = fileURLToPath(new URL('../..', import.meta.url));

const pluginText = (id: string) => `({
  kind: 'fusion', id: '${id}', version: '1.0.0', apiVersion: 1, title: 'Mine', summary: 'For a test.',
  category: 'late', missing: 'mask', padding: 'invariant', requires: {},
  options: { type: 'object', additionalProperties: false, properties: {} },
  load: async () => { throw new Error('not loaded by discovery'); },
})`;

const packageText = (name: string, more: object = {}) =>
  JSON.stringify({ name, version: '2.1.0', description: `About ${name}.`, type: 'module', ...more });

beforeAll(async () => {
  folder = await realpath(await mkdtemp(join(tmpdir(), 'interfuse-discovery-')));
  await write(
    'mine.ts',
    `import { idOf } from './id.js';\nexport const plugins: object[] = [${pluginText('mine')}];\nidOf;`,
  );
  await write('id.ts', 'export const idOf = (text: string): string => text;');
  await write('folder/index.ts', `export const plugins = [${pluginText('in-folder')}] as const;`);
  await write('package/package.json', packageText('local-package', { exports: './src/entry.ts' }));
  await write('package/src/entry.ts', `export const plugins = [${pluginText('in-package')}];`);
  await write('empty/readme.txt', '');
  await write('none.ts', 'export const plugin = {};');
  await write('broken.ts', "throw new Error('no such device');");
  const keywords = ['interfuse-plugin'];
  const installed = packageText('@lab/fusion', { exports: { import: './index.js' }, keywords });
  await write('node_modules/@lab/fusion/package.json', installed);
  await write('node_modules/@lab/fusion/index.js', `export const plugins = [${pluginText('@lab/fusion')}];`);
  await write('node_modules/explosive/package.json', packageText('explosive', { main: 'index.js', keywords }));
  await write('node_modules/explosive/index.js', "throw new Error('imported');");
  const inTypeScript = packageText('in-typescript', { exports: './src/index.ts' });
  await write('node_modules/in-typescript/package.json', inTypeScript);
  await write('node_modules/in-typescript/src/index.ts', "export { plugins } from './all.js';");
  await write(
    'node_modules/in-typescript/src/all.ts',
    `export const plugins: readonly object[] = [${pluginText('in-typescript')}];`,
  );
  await write('node_modules/unrelated/package.json', packageText('unrelated', { keywords: ['fusion'] }));
  await write('node_modules/damaged/package.json', '{');
  await write('workspace/package.json', packageText('linked', { keywords }));
  await symlink(join(folder, 'workspace'), join(folder, 'node_modules', 'linked'), 'dir');
  await write(
    'project/deep/node_modules/explosive/package.json',
    packageText('explosive', { version: '3.0.0', keywords }),
  );
});
afterAll(() => rm(folder, { recursive: true }));

describe('plugins that a config names', () => {
  it('are loaded from TypeScript files, folders and packages, and say where they came from', async () => {
    const loaded = await loadPlugins(['./mine.ts', './folder', './package', '@lab/fusion'], folder);
    expect(loaded.map(({ plugin, source, file }) => [plugin.id, source, file])).toEqual([
      ['mine', './mine.ts', join(folder, 'mine.ts')],
      ['in-folder', './folder', join(folder, 'folder/index.ts')],
      ['in-package', './package', join(folder, 'package/src/entry.ts')],
      ['@lab/fusion', '@lab/fusion', undefined],
    ]);
    expect(createRegistry(loaded).list('fusion')).toHaveLength(4);
  });

  it('may be values', async () => {
    expect(await loadPlugins([early], folder)).toEqual([{ plugin: early, source: 'the config file' }]);
  });

  it.each([
    ['./absent.ts', 'nothing at'],
    ['./empty', 'neither'],
    ['@lab/absent', 'none'],
    ['./none.ts', 'exports plugin'],
  ])('%s cannot be loaded, and the error says why', async (name, why) => {
    const error = await rejected(loadPlugins([name], folder));
    expect(error).toMatchObject({ code: 'PLUGIN_NOT_LOADED', place: `plugins: "${name}"` });
    expect(error.got).toContain(why);
  });

  it.each([
    ['./broken.ts', 'no such device', 'broken.ts'],
    ['explosive', 'imported', 'index.js'],
  ])('%s throws by itself, and the error carries what it threw', async (name, message, file) => {
    const error = await rejected(loadPlugins([name], folder));
    expect(error).toMatchObject({ code: 'PLUGIN_THREW', got: message, cause: { message } });
    expect((error.cause as Error).stack).toContain(file);
  });

  it('load though others among them do not', async () => {
    const named = ['./broken.ts', './mine.ts', './absent.ts', '@lab/fusion'];
    const { loaded, failures } = await loadEachPlugin(named, folder);
    expect(loaded.map(({ plugin }) => plugin.id)).toEqual(['mine', '@lab/fusion']);
    expect(failures.map(({ code }) => code)).toEqual(['PLUGIN_THREW', 'PLUGIN_NOT_LOADED']);
  });

  it('are loaded from TypeScript where they are installed, links or not', async () => {
    const loaded = await loadPlugins(['in-typescript'], folder);
    expect(loaded.map(({ plugin }) => plugin.id)).toEqual(['in-typescript']);
  });
});

describe('a second copy', () => {
  it.each([
    ['@interfuse/core', '9.9.9'],
    ['@tensorflow/tfjs', '4.0.0'],
  ])('of %s beside a plugin is found before anything is loaded, and both places are named', async (name, version) => {
    await write(`apart/${name}/node_modules/${name}/package.json`, packageText(name, { version }));
    await write(`apart/${name}/plugin.ts`, "throw new Error('loaded');");
    const error = await rejected(loadPlugins([`./apart/${name}/plugin.ts`], folder));
    expect(error).toMatchObject({
      code: 'PLUGIN_SECOND_CORE',
      got: `${version}, in ${join(folder, 'apart', name, 'node_modules', name)}`,
    });
    expect(error.expected).toMatch(/: \d+\.\d+\.\d+, in /);
    expect(error.remedy).toContain('peerDependencies');
  });

  it('is none that a link leads to: it is the same', async () => {
    await write('linking/plugin.ts', `export const plugins = [${pluginText('linking')}];`);
    await mkdir(join(folder, 'linking/node_modules/@interfuse'), { recursive: true });
    await symlink(ownPackage, join(folder, 'linking/node_modules/@interfuse/core'), 'dir');
    expect(await loadPlugins(['./linking/plugin.ts'], folder)).toHaveLength(1);
  });
});

describe('installed plugins', () => {
  it('are found by their keyword, in scopes and through links, without being imported', async () => {
    const found = await findInstalled(folder);
    const here = found.filter(({ description }) => description.startsWith('About'));
    expect(here).toEqual([
      { name: '@lab/fusion', version: '2.1.0', description: 'About @lab/fusion.' },
      { name: 'explosive', version: '2.1.0', description: 'About explosive.' },
      { name: 'linked', version: '2.1.0', description: 'About linked.' },
    ]);
  });

  it('nearer to the folder hide those further up', async () => {
    const found = await findInstalled(join(folder, 'project', 'deep'));
    expect(found.find(({ name }) => name === 'explosive')?.version).toBe('3.0.0');
    expect(found.some(({ name }) => name === '@lab/fusion')).toBe(true);
  });
});
