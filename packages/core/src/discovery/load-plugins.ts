/** Loads the plugins that a config names: packages, and files or folders (TypeScript from source). */
import { readFile, stat } from 'node:fs/promises';
import { isAbsolute, join, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import type { Jiti } from 'jiti';
import type { Plugin } from '../contracts/plugin.js';
import { InterfuseError, isInterfuseError } from '../errors.js';
import type { PluginSource } from '../registry.js';
import { show } from '../show.js';
import { requireOneCore } from './one-core.js';

/** What loaded, and why the rest did not, in the order of the names. */
export interface LoadedPlugins {
  readonly loaded: readonly PluginSource[];
  readonly failures: readonly InterfuseError[];
}

/**
 * Paths (`./mine.ts`, `./folder`) start from `folder`, the folder of the config file; packages are looked up from there,
 * too. What is named must export `plugins`, a list. A plugin that was given as a value comes back as it is.
 * @throws PLUGIN_NOT_LOADED, PLUGIN_SECOND_CORE, and PLUGIN_THREW with the cause
 */
export async function loadPlugins(named: readonly unknown[], folder: string): Promise<PluginSource[]> {
  const loaded: PluginSource[] = [];
  for (const entry of named) loaded.push(...(await loadEntry(entry, folder)));
  return loaded;
}

/** The same for whoever wants to know of all that load, though some do not. */
export async function loadEachPlugin(named: readonly unknown[], folder: string): Promise<LoadedPlugins> {
  const loaded: PluginSource[] = [];
  const failures: InterfuseError[] = [];
  for (const entry of named) {
    try {
      loaded.push(...(await loadEntry(entry, folder)));
    } catch (error) {
      if (!isInterfuseError(error)) throw error;
      failures.push(error);
    }
  }
  return { loaded, failures };
}

async function loadEntry(entry: unknown, folder: string): Promise<PluginSource[]> {
  if (typeof entry === 'string') return loadNamed(entry, folder);
  return [{ plugin: entry as Plugin, source: 'the config file' }];
}

async function loadNamed(name: string, folder: string): Promise<PluginSource[]> {
  const { createJiti } = await import('jiti');
  const jiti = createJiti(pathToFileURL(join(folder, 'interfuse.config.yaml')).href, { interopDefault: false });
  const isPath = isLocal(name);
  const file = isPath ? await resolvePath(name, folder, jiti) : resolvePackage(name, folder, jiti);
  await requireOneCore(name, file);
  let exported: unknown;
  try {
    exported = await jiti.import(file);
  } catch (cause) {
    throw new InterfuseError('PLUGIN_THREW', {
      place: `plugins: ${show(name)}`,
      expected: 'a module that loads',
      got: firstLine(cause instanceof Error ? cause.message : String(cause)),
      cause,
    });
  }
  const { plugins } = exported as { readonly plugins?: unknown };
  if (!Array.isArray(plugins)) {
    const names = Object.keys(exported as object).join(', ');
    throw notLoaded(name, 'an export named `plugins`, a list', names === '' ? 'no exports' : `exports ${names}`);
  }
  return plugins.map((plugin: Plugin) => (isPath ? { plugin, source: name, file } : { plugin, source: name }));
}

function firstLine(text: string): string {
  return text.split('\n', 1)[0] as string;
}

function isLocal(name: string): boolean {
  return /^\.{1,2}([/\\]|$)/.test(name) || isAbsolute(name);
}

async function resolvePath(name: string, folder: string, jiti: Jiti): Promise<string> {
  const path = resolve(folder, name);
  const found = await stat(path).catch(() => undefined);
  if (found === undefined) throw notLoaded(name, 'a file or a folder', `nothing at ${path}`);
  return found.isFile() ? path : entryOf(name, path, jiti);
}

/** A folder is entered where its package.json says, or at its `index` file. */
async function entryOf(name: string, path: string, jiti: Jiti): Promise<string> {
  const manifest = await readFile(join(path, 'package.json'), 'utf8').catch(() => '{}');
  try {
    const { name: ownName, exports } = JSON.parse(manifest) as { name?: string; exports?: unknown };
    const specifier = exports === undefined || ownName === undefined ? path : ownName;
    return toPath(jiti.esmResolve(specifier, pathToFileURL(join(path, 'package.json')).href));
  } catch (cause) {
    throw notLoaded(
      name,
      'a package.json with exports or main, or a file named index.ts or index.js',
      'neither',
      cause,
    );
  }
}

function resolvePackage(name: string, folder: string, jiti: Jiti): string {
  try {
    return toPath(jiti.esmResolve(name));
  } catch (cause) {
    throw notLoaded(
      name,
      `a package that can be found from ${folder}`,
      'none',
      cause,
      `Install it: npm install ${name}`,
    );
  }
}

function toPath(resolved: string): string {
  return resolved.startsWith('file:') ? fileURLToPath(resolved) : resolved;
}

function notLoaded(name: string, expected: string, got: string, cause?: unknown, remedy?: string): InterfuseError {
  return new InterfuseError('PLUGIN_NOT_LOADED', {
    place: `plugins: ${show(name)}`,
    expected,
    got,
    ...(cause === undefined ? {} : { cause }),
    ...(remedy === undefined ? {} : { remedy }),
  });
}
