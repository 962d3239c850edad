/** An engine for one use, and the options of a plugin with the defaults of its schema. */
import { type Engine, type EnginePlugin, type Plugin, throwProblems } from '@interfuse/core';
import { compileSchema } from '@interfuse/core/config';
import { silent } from './mocks/silent.js';

type Schema = { readonly [keyword: string]: unknown };

/** @throws CONFIG_... if the options do not fit the plugin's schema */
export function fillOptions({ kind, options: schema }: Pick<Plugin, 'kind' | 'options'>, options: object): object {
  const filled = structuredClone(options);
  throwProblems(compileSchema(schema as Schema)(filled, `${kind}.options`));
  return filled;
}

/** Runs `use` with an engine of its own, which is freed afterwards. */
export async function withEngine<R>(plugin: EnginePlugin, use: (engine: Engine) => Promise<R>): Promise<R> {
  const create = await plugin.load();
  const engine = await create(fillOptions(plugin, {}) as never, { logger: silent });
  try {
    return await use(engine);
  } finally {
    await engine.dispose();
  }
}
