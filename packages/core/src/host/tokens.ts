/** The names under which a run's container holds its parts. Plugins never see them. */
import type { ServiceIdentifier } from 'inversify';
import type { EffectiveConfig, FusionSlot, Slot } from '../config/effective-config.js';
import type { Dataset } from '../contracts/dataset.js';
import type { Encoder } from '../contracts/encoder.js';
import type { Engine } from '../contracts/engine.js';
import type { FusionModule, Logger } from '../contracts/fusion.js';
import type { LanguageModel, Tokenizer } from '../contracts/language-model.js';
import type { MetricFamily } from '../contracts/metric.js';
import type { FusionPlugin } from '../contracts/plugin.js';
import type { Registry } from '../registry.js';

export interface LoadedLanguageModel {
  readonly model: LanguageModel;
  readonly tokenizer: Tokenizer;
}

export interface LoadedFusion {
  readonly plugin: FusionPlugin;
  readonly module: FusionModule;
}

export type Encoders = { readonly [stream: string]: Encoder };

/** The strategy of the run: its slot, and the plugin once the run is known to offer what it requires. */
export interface CheckedFusion {
  readonly plugin: FusionPlugin;
  readonly slot: FusionSlot;
}

export type ResolvePath = (path: string) => string;

/** The same language model with trained feed-forwards among its blocks. */
export type Adapt = (model: LanguageModel) => Promise<LanguageModel>;

const token = <T>(name: string): ServiceIdentifier<T> => Symbol(name) as ServiceIdentifier<T>;

// Of the host
export const REGISTRY = token<Registry>('registry');
export const LOGGER = token<Logger>('logger');
export const RESOLVE_PATH = token<ResolvePath>('resolvePath');
export const ADAPT = token<Adapt>('adapt');

// Of one run
export const CONFIG = token<EffectiveConfig>('config');
export const FUSION_SLOT = token<FusionSlot>('fusion slot');
export const LANGUAGE_MODEL_SLOT = token<Slot | undefined>('language model slot');
export const DATASET = token<Dataset>('dataset');
export const LANGUAGE_MODEL = token<LoadedLanguageModel | undefined>('language model');
export const ENCODERS = token<Encoders>('encoders');
export const METRICS = token<MetricFamily>('metrics');
export const ENGINE = token<Engine>('engine');
export const CHECKED_FUSION = token<CheckedFusion>('checked fusion');
export const FUSION = token<LoadedFusion>('fusion');
