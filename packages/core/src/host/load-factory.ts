/** Loads the factory of a plugin: the moment when its module, and with it a tensor library, is imported. */
import type { Plugin } from '../contracts/plugin.js';
import { InterfuseError, isInterfuseError } from '../errors.js';
import { show } from '../show.js';

/** @throws PLUGIN_NOT_LOADED, with the cause. */
export async function loadFactory<P extends Plugin>(plugin: P): Promise<Awaited<ReturnType<P['load']>>> {
  const place = `${plugin.kind} plugin "${plugin.id}", load()`;
  let factory: unknown;
  try {
    factory = await plugin.load();
  } catch (cause) {
    if (isInterfuseError(cause)) throw cause;
    throw new InterfuseError('PLUGIN_NOT_LOADED', {
      place,
      expected: 'a module that loads',
      got: cause instanceof Error ? cause.message : String(cause),
      cause,
    });
  }
  if (typeof factory !== 'function') {
    throw new InterfuseError('PLUGIN_INVALID', { place, expected: 'a promise of a function', got: show(factory) });
  }
  return factory as Awaited<ReturnType<P['load']>>;
}
