/** The language model of a run with its tokenizer: leaves, no weights. */
import { ContainerModule } from 'inversify';
import { InterfuseError } from '../../errors.js';
import { loadFactory } from '../load-factory.js';
import { CONFIG, LANGUAGE_MODEL, LANGUAGE_MODEL_SLOT, LOGGER, REGISTRY, RESOLVE_PATH } from '../tokens.js';

export const languageModelModule = new ContainerModule(({ bind }) => {
  bind(LANGUAGE_MODEL)
    .toResolvedValue(
      async (slot, { data }, registry, resolvePath, logger) => {
        if (slot === undefined) return undefined;
        const create = await loadFactory(registry.get('language-model', slot.use, 'languageModel.use'));
        const loaded = await create(slot.options as never, { resolvePath, logger });
        const { contextLength } = loaded.model.config;
        if (data.textLength > contextLength) {
          throw new InterfuseError('TEXT_TOO_LONG', {
            place: 'data.textLength',
            expected: `at most ${contextLength} tokens, the context of ${slot.use}`,
            got: String(data.textLength),
          });
        }
        return loaded;
      },
      [LANGUAGE_MODEL_SLOT, CONFIG, REGISTRY, RESOLVE_PATH, LOGGER],
    )
    .inSingletonScope();
});
