/** An engine by its id, for as long as a comparison lasts. */
import { type Engine, InterfuseError } from '@interfuse/core';
import { plugins as compiled } from '@interfuse/engine-onnx';
import { plugins as eager } from '@interfuse/engine-tfjs';

const plugins = [...compiled, ...eager];

const quiet = { debug: () => undefined, info: () => undefined, warn: () => undefined };

/** @throws PLUGIN_UNKNOWN if there is no engine of this id; ENGINE_UNAVAILABLE if it does not start */
export async function withEngine<T>(id: string, use: (engine: Engine) => Promise<T>): Promise<T> {
  const plugin = plugins.find((candidate) => candidate.id === id);
  if (!plugin) {
    throw new InterfuseError('PLUGIN_UNKNOWN', {
      place: '--engine',
      expected: plugins.map((candidate) => candidate.id).join(' or '),
      got: id,
      remedy: 'Name one of these engines.',
    });
  }
  const create = await plugin.load();
  const engine = await create({} as never, { logger: quiet });
  try {
    return await use(engine);
  } finally {
    await engine.dispose();
  }
}
