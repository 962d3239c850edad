/** The engine of a run. */
import { ContainerModule } from 'inversify';
import type { Engine } from '../../contracts/engine.js';
import { loadFactory } from '../load-factory.js';
import { CONFIG, ENGINE, LOGGER, REGISTRY } from '../tokens.js';

/** One that the caller shares between runs on purpose stays the caller's; the run disposes only of its own. */
export const engineModule = (shared: Engine | undefined) =>
  new ContainerModule(({ bind }) => {
    if (shared !== undefined) {
      bind(ENGINE).toConstantValue(shared);
      return;
    }
    bind(ENGINE)
      .toResolvedValue(
        async ({ engine: slot }, registry, logger) => {
          const create = await loadFactory(registry.get('engine', slot.use, 'engine.use'));
          return create(slot.options as never, { logger });
        },
        [CONFIG, REGISTRY, LOGGER],
      )
      .inSingletonScope()
      .onDeactivation((engine) => engine.dispose());
  });
