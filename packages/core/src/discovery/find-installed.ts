/** Finds installed packages that say they are Interfuse plugins. It reads package.json files and imports nothing. */
import { readdir, readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';

/** What a package.json carries among its `keywords` to be found. */
export const pluginKeyword = 'interfuse-plugin';

export interface InstalledPlugin {
  readonly name: string;
  readonly version: string;
  readonly description: string;
}

/** Packages in the `node_modules` of this folder and of the folders above it, the nearest first where names repeat. */
export async function findInstalled(folder: string): Promise<InstalledPlugin[]> {
  const found = new Map<string, InstalledPlugin>();
  for (const modules of nodeModulesAbove(folder)) {
    const installed = await Promise.all((await packageFolders(modules)).map(readPlugin));
    for (const plugin of installed) {
      if (plugin !== undefined && !found.has(plugin.name)) found.set(plugin.name, plugin);
    }
  }
  return [...found.values()].sort((one, other) => one.name.localeCompare(other.name, 'en'));
}

function nodeModulesAbove(folder: string): string[] {
  const parent = dirname(folder);
  const here = join(folder, 'node_modules');
  return parent === folder ? [here] : [here, ...nodeModulesAbove(parent)];
}

/** One level down, two for scopes; links (workspaces) count as folders. */
async function packageFolders(modules: string): Promise<string[]> {
  const names = (await readdir(modules).catch(() => [])).filter((name) => !name.startsWith('.'));
  const folders = await Promise.all(
    names.map(async (name) => {
      if (!name.startsWith('@')) return [join(modules, name)];
      const inScope = await readdir(join(modules, name)).catch(() => []);
      return inScope.map((scoped) => join(modules, name, scoped));
    }),
  );
  return folders.flat();
}

async function readPlugin(folder: string): Promise<InstalledPlugin | undefined> {
  try {
    const manifest = JSON.parse(await readFile(join(folder, 'package.json'), 'utf8')) as Record<string, unknown>;
    const { name, version, description, keywords } = manifest;
    if (typeof name !== 'string' || !Array.isArray(keywords) || !keywords.includes(pluginKeyword)) return undefined;
    return { name, version: String(version ?? ''), description: String(description ?? '') };
  } catch {
    // Not a package, or one that cannot be read: nothing to list.
    return undefined;
  }
}
