/** The dataset of a run, with its streams transformed as the config declares. */
import { ContainerModule } from 'inversify';
import type { Dataset } from '../../contracts/dataset.js';
import { transformDataset } from '../../transforms/transformed-dataset.js';
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
          const dataset = await create(data.options as never, { resolvePath, logger });
          return transformDataset(dataset, data.transforms);
        },
        [CONFIG, REGISTRY, RESOLVE_PATH, LOGGER],
      )
      .inSingletonScope();
  });
