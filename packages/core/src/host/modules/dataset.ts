/** The dataset of a run. */
import { ContainerModule } from 'inversify';
import type { Dataset } from '../../contracts/dataset.js';
import { loadFactory } from '../load-factory.js';
import { CONFIG, DATASET, LOGGER, REGISTRY, RESOLVE_PATH } from '../tokens.js';

/** One that the caller shares between runs on purpose is taken as it is. */
export const datasetModule = (shared: Dataset | undefined) =>
  new ContainerModule(({ bind }) => {
    if (shared !== undefined) {
      bind(DATASET).toConstantValue(shared);
      return;
    }
    bind(DATASET)
      .toResolvedValue(
        async ({ data }, registry, resolvePath, logger) => {
          const create = await loadFactory(registry.get('dataset', data.use, 'data.use'));
          return create(data.options as never, { resolvePath, logger });
        },
        [CONFIG, REGISTRY, RESOLVE_PATH, LOGGER],
      )
      .inSingletonScope();
  });
