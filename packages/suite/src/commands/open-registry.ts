/** The registry of built-in plugins and those that a config file names. */
import { resolve } from 'node:path';
import {
  createRegistry,
  type InterfuseError,
  isInterfuseError,
  loadEachPlugin,
  type PluginSource,
  Registry,
  throwProblems,
} from '@interfuse/core';
import { builtInPlugins } from '../built-in-plugins.js';
import type { CommandContext } from './context.js';

export interface OpenedRegistry {
  readonly registry: Registry;
  /** Why plugins that the config names are not in it. */
  readonly failures: readonly InterfuseError[];
}

/** @throws the error of the first plugin that does not load, with those of the others */
export async function openRegistry(configFile: string | undefined, context: CommandContext): Promise<Registry> {
  const { registry, failures } = await openEachPlugin(configFile, context);
  throwProblems(failures);
  return registry;
}

/** The plugins that load, whatever becomes of the others. @throws the errors of reading a config */
export async function openEachPlugin(
  configFile: string | undefined,
  { workingFolder }: CommandContext,
): Promise<OpenedRegistry> {
  const builtIn = await builtInPlugins();
  if (configFile === undefined) return { registry: createRegistry(builtIn), failures: [] };
  const { checkStructure, readConfigFile } = await import('@interfuse/core/config');
  const { config, folder } = await readConfigFile(resolve(workingFolder, configFile));
  const { loaded, failures } = await loadEachPlugin(checkStructure(config).plugins, folder);
  const { registry, refused } = registerEach([...builtIn, ...loaded]);
  return { registry, failures: [...failures, ...refused] };
}

function registerEach(sources: readonly PluginSource[]) {
  const registry = new Registry();
  const refused: InterfuseError[] = [];
  for (const { plugin, source, file } of sources) {
    try {
      registry.register(plugin, source, file);
    } catch (error) {
      if (!isInterfuseError(error)) throw error;
      refused.push(error);
    }
  }
  return { registry, refused };
}
