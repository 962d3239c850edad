/** The plugins that come with Interfuse, and a test that none of a kind is left out of the conformance kit. */
import type { PluginKind, PluginOfKind } from '@interfuse/core';
import { expect, it } from 'vitest';
import { builtInPlugins } from '../built-in-plugins.js';

/** All of one kind. */
export async function builtInsOf<K extends PluginKind>(kind: K): Promise<readonly PluginOfKind<K>[]> {
  const all = (await builtInPlugins()).map(({ plugin }) => plugin);
  return all.filter((plugin): plugin is PluginOfKind<K> => plugin.kind === kind);
}

/**
 * Runs the kit on every plugin with its settings; one without any, or settings without a plugin, fail the test that this adds.
 *
 * @param settings by the id of the plugin
 */
export function testEveryPlugin<P extends { readonly id: string }, S>(
  plugins: readonly P[],
  settings: { readonly [id: string]: S },
  test: (plugin: P, settings: S) => void,
): void {
  it('every built-in plugin is under the conformance kit', () => {
    expect(Object.keys(settings).sort()).toEqual(plugins.map(({ id }) => id).sort());
  });
  for (const plugin of plugins) {
    const own = settings[plugin.id];
    if (own !== undefined) test(plugin, own);
  }
}
