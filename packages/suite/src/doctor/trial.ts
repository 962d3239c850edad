/** The entry of a process in which engines are tried, one after the other. */
import type { EnginePlugin } from '@interfuse/core';
import { builtInPlugins } from '../built-in-plugins.js';
import { tryEngine, type Variant } from './try-engine.js';

const silent = { debug() {}, info() {}, warn() {} };

export interface TrialRequest {
  readonly id: string;
  readonly variant: Variant;
}

process.on('message', async ({ id, variant }: TrialRequest) => {
  const plugins = (await builtInPlugins()).map(({ plugin }) => plugin);
  const engine = plugins.find((plugin): plugin is EnginePlugin => plugin.kind === 'engine' && plugin.id === id);
  if (!engine) throw new Error(`There is no engine ${id}.`);
  process.send?.(await tryEngine(engine, variant, silent));
});
