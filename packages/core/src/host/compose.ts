/** The composition root: the one place where plugins, a config and a run meet. One child container for each run. */
import 'reflect-metadata';
import { Container, type ServiceIdentifier } from 'inversify';
import type { EffectiveConfig } from '../config/effective-config.js';
import type { Dataset } from '../contracts/dataset.js';
import type { Engine } from '../contracts/engine.js';
import type { Logger } from '../contracts/fusion.js';
import type { MetricFamily } from '../contracts/metric.js';
import { createRegistry, type PluginSource, type Registry } from '../registry.js';
import { datasetModule } from './modules/dataset.js';
import { encodersModule } from './modules/encoders.js';
import { engineModule } from './modules/engine.js';
import { fusionModule } from './modules/fusion.js';
import { languageModelModule } from './modules/language-model.js';
import { metricsModule } from './modules/metrics.js';
import {
  ADAPT,
  type Adapt,
  CHECKED_FUSION,
  CONFIG,
  DATASET,
  ENGINE,
  FUSION,
  FUSION_SLOT,
  LANGUAGE_MODEL,
  LANGUAGE_MODEL_SLOT,
  LOGGER,
  type LoadedFusion,
  type LoadedLanguageModel,
  METRICS,
  REGISTRY,
  RESOLVE_PATH,
  type ResolvePath,
} from './tokens.js';

export interface HostSettings {
  readonly plugins: readonly PluginSource[];
  readonly logger: Logger;
  /** Resolves a path of the config, relative to the folder of the config file. */
  readonly resolvePath: ResolvePath;
  /** What `adaptation: feed-forward` does to a language model. */
  readonly adapt: Adapt;
}

/** What several runs share because the caller says so. */
export interface Shared {
  readonly dataset?: Dataset;
  readonly engine?: Engine;
}

/** Which entries of a config's lists a run is made of. */
export interface RunChoice {
  /** Position in `config.fusion`. */
  readonly fusion: number;
  /** Position in `config.languageModel`. Default: the first, if there is one. */
  readonly languageModel?: number;
}

export interface Host {
  readonly registry: Registry;
  /** A run of one strategy with one language model. */
  openRun(config: EffectiveConfig, choice: RunChoice, shared?: Shared): RunScope;
}

/** The parts of one run, each made when it is first asked for and once only. */
export interface RunScope {
  dataset(): Promise<Dataset>;
  /** Nothing if the config names no language model. */
  languageModel(): Promise<LoadedLanguageModel | undefined>;
  /** @throws CONFIG_WRONG_VALUE if the metrics have no column `evaluation.select`. */
  metrics(): Promise<MetricFamily>;
  engine(): Promise<Engine>;
  /** Leaves only, without an engine. @throws PLUGIN_REQUIREMENT before anything else is built. */
  fusion(): Promise<LoadedFusion>;
  /** Disposes of the engine, unless it is shared. The scope cannot be used afterwards. */
  dispose(): Promise<void>;
}

/** @throws what the registry throws about a plugin. */
export function composeHost({ plugins, logger, resolvePath, adapt }: HostSettings): Host {
  const registry = createRegistry(plugins);
  const root = new Container();
  root.bind(REGISTRY).toConstantValue(registry);
  root.bind(LOGGER).toConstantValue(logger);
  root.bind(RESOLVE_PATH).toConstantValue(resolvePath);
  root.bind(ADAPT).toConstantValue(adapt);
  return {
    registry,
    openRun: (config, choice, shared = {}) => openRun(root, config, choice, shared),
  };
}

function openRun(root: Container, config: EffectiveConfig, choice: RunChoice, shared: Shared): RunScope {
  const { fusion, languageModel = 0 } = choice;
  const slot = config.fusion[fusion];
  if (slot === undefined) throw new RangeError(`config.fusion has no entry ${fusion}`);
  const backbone = config.languageModel[languageModel];
  if (backbone === undefined && languageModel > 0) {
    throw new RangeError(`config.languageModel has no entry ${languageModel}`);
  }
  const scope = new Container({ parent: root });
  scope.bind(CONFIG).toConstantValue(config);
  scope.bind(FUSION_SLOT).toConstantValue(slot);
  scope.bind(LANGUAGE_MODEL_SLOT).toConstantValue(backbone);
  scope.load(
    datasetModule(shared.dataset),
    languageModelModule,
    encodersModule,
    metricsModule,
    engineModule(shared.engine),
    fusionModule,
  );
  let disposed = false;
  async function get<T>(token: ServiceIdentifier<T>): Promise<T> {
    if (disposed) throw new Error('This run has been disposed of.');
    return scope.getAsync(token);
  }
  return {
    dataset: () => get(DATASET),
    languageModel: () => get(LANGUAGE_MODEL),
    metrics: () => get(METRICS),
    engine: () => get(ENGINE),
    async fusion() {
      await get(CHECKED_FUSION);
      return get(FUSION);
    },
    async dispose() {
      if (disposed) return;
      disposed = true;
      await scope.unbindAllAsync();
    },
  };
}
