/** The registry of built-in plugins and those that a config file names. */
import { resolve } from 'node:path';
import { createRegistry, loadPlugins, type Registry } from '@interfuse/core';
import { builtInPlugins } from '../built-in-plugins.js';
import type { CommandContext } from './context.js';

export async function openRegistry(
  configFile: string | undefined,
  { workingFolder }: CommandContext,
): Promise<Registry> {
  const builtIn = await builtInPlugins();
  if (configFile === undefined) return createRegistry(builtIn);
  const { checkStructure, readConfigFile } = await import('@interfuse/core/config');
  const { config, folder } = await readConfigFile(resolve(workingFolder, configFile));
  return createRegistry([...builtIn, ...(await loadPlugins(checkStructure(config).plugins, folder))]);
}
