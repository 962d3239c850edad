/** `interfuse plugins new`: writes the package of a plugin, as `npm create interfuse-plugin` does. */
import { InterfuseError } from '@interfuse/core';
import { nextSteps, readPluginName, scaffoldPlugin } from 'create-interfuse-plugin';
import { builtInPlugins } from '../built-in-plugins.js';
import type { CommandContext } from './context.js';

export interface NewPluginFlags {
  readonly kind: string;
  readonly scope?: string;
}

/** @throws PLUGIN_NAME, COMMAND_USAGE, FILE_EXISTS, FILE_NOT_WRITTEN, and PLUGIN_DUPLICATE for the id of a built-in plugin */
export async function newPlugin(
  name: string,
  { kind, scope }: NewPluginFlags,
  { terminal, workingFolder }: CommandContext,
): Promise<number> {
  const { package: id } = readPluginName(name, scope);
  const taken = (await builtInPlugins()).find(({ plugin }) => plugin.kind === kind && plugin.id === id);
  if (taken !== undefined) {
    throw new InterfuseError('PLUGIN_DUPLICATE', {
      place: `the plugin "${name}"`,
      expected: `an id that no ${kind} plugin has yet`,
      got: `that of ${taken.source}`,
      remedy: 'Choose another name, or give it a scope: --scope lab.',
    });
  }
  const scaffolded = await scaffoldPlugin({ name, kind, workingFolder, ...(scope === undefined ? {} : { scope }) });
  terminal.out.write(nextSteps(scaffolded, workingFolder));
  return 0;
}
