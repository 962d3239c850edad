/**
 * Sees that a plugin would share with its host what can exist only once: of two copies of a tensor library, neither knows
 * the other's tensors and engines.
 */
import { readFile, realpath } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { InterfuseError } from '../errors.js';
import { show } from '../show.js';

const core = '@interfuse/core';
const shared = [core, '@tensorflow/tfjs'];

interface Copy {
  /** Absolute path, links followed. */
  readonly folder: string;
  readonly version: string;
}

/**
 * Looks where Node would look, from the file of the plugin and from here; imports nothing.
 * @throws PLUGIN_SECOND_CORE
 */
export async function requireOneCore(name: string, file: string): Promise<void> {
  const own = await ownFolder();
  for (const each of shared) {
    const [host, plugin] = [await (each === core ? copyAt(own) : findCopy(each, own)), await findCopy(each, file)];
    if (host === undefined || plugin === undefined || host.folder === plugin.folder) continue;
    throw new InterfuseError('PLUGIN_SECOND_CORE', {
      place: `plugins: ${show(name)}`,
      expected: `the ${each} of this host: ${host.version}, in ${host.folder}`,
      got: `${plugin.version}, in ${plugin.folder}`,
    });
  }
}

/** The folder of this very package, from its sources as well as from its build. */
async function ownFolder(): Promise<string> {
  let folder = dirname(fileURLToPath(import.meta.url));
  while ((await readManifest(folder))?.name !== core) folder = dirname(folder);
  return folder;
}

/** The package of this name for a module at this path, links followed; undefined if there is none. */
async function findCopy(name: string, path: string): Promise<Copy | undefined> {
  let folder = dirname(await realpath(path).catch(() => path));
  for (;;) {
    const found = await copyAt(join(folder, 'node_modules', name));
    if (found !== undefined) return found;
    const parent = dirname(folder);
    if (parent === folder) return undefined;
    folder = parent;
  }
}

async function copyAt(folder: string): Promise<Copy | undefined> {
  const manifest = await readManifest(folder);
  return manifest && { folder: await realpath(folder), version: String(manifest.version) };
}

async function readManifest(folder: string): Promise<{ name?: unknown; version?: unknown } | undefined> {
  try {
    return JSON.parse(await readFile(join(folder, 'package.json'), 'utf8'));
  } catch {
    // No package here: Node looks further up, too.
    return undefined;
  }
}
