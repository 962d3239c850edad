/** The fusion strategy of a run: checked first, then built from leaves. No engine takes part. */
import { ContainerModule } from 'inversify';
import type { FusionHost } from '../../contracts/fusion.js';
import { checkRequirements } from '../../requirements.js';
import { wordTimesOf } from '../../word-times.js';
import { loadFactory } from '../load-factory.js';
import {
  ADAPT,
  CHECKED_FUSION,
  CONFIG,
  DATASET,
  ENCODERS,
  FUSION,
  FUSION_SLOT,
  LANGUAGE_MODEL,
  LANGUAGE_MODEL_SLOT,
  LOGGER,
  REGISTRY,
} from '../tokens.js';

export const fusionModule = new ContainerModule(({ bind }) => {
  bind(CHECKED_FUSION)
    .toResolvedValue(
      (languageModel, slot, { spec }, registry) => {
        const plugin = registry.get('fusion', slot.use, 'fusion.use');
        const modelPlugin = languageModel && registry.get('language-model', languageModel.use, 'languageModel.use');
        checkRequirements(plugin, modelPlugin, spec, slot.adaptation);
        return { plugin, slot };
      },
      [LANGUAGE_MODEL_SLOT, FUSION_SLOT, DATASET, REGISTRY],
    )
    .inSingletonScope();

  bind(FUSION)
    .toResolvedValue(
      async ({ plugin, slot }, { data }, { spec }, loaded, adapt, encoders, logger) => {
        const model = loaded && (slot.adaptation === 'feed-forward' ? await adapt(loaded.model) : loaded.model);
        const languageModel = model === undefined ? {} : { languageModel: model };
        const times = plugin.requires.wordTimes === undefined ? {} : { wordTimes: wordTimesOf(spec) };
        const text = spec.hasText && model !== undefined ? { text: { length: data.textLength, ...times } } : {};
        const host: FusionHost = {
          ...languageModel,
          ...text,
          encoders,
          streams: spec.streams,
          samples: { train: spec.sizes.train },
          task: spec.task,
          logger,
        };
        const create = await loadFactory(plugin);
        return { plugin, module: create(slot.options as never, host) };
      },
      [CHECKED_FUSION, CONFIG, DATASET, LANGUAGE_MODEL, ADAPT, ENCODERS, LOGGER],
    )
    .inSingletonScope();
});
