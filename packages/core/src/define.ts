/**
 * `define...`: one function per kind of plugin. Each returns its argument with `kind` set and the type of the options
 * inferred from their schema. Nothing is registered: a plugin is a value.
 */
import type {
  DatasetPlugin,
  EncoderPlugin,
  EnginePlugin,
  FusionPlugin,
  LanguageModelPlugin,
  MetricPlugin,
} from './contracts/plugin.js';

type Definition<P> = Omit<P, 'kind'>;

/** A fusion strategy. @returns the same, with its kind */
export function defineFusion<const O>(plugin: Definition<FusionPlugin<O>>): FusionPlugin<O> {
  return { kind: 'fusion', ...plugin };
}

/** An adapter for language models of an architecture. @returns the same, with its kind */
export function defineLanguageModel<const O>(plugin: Definition<LanguageModelPlugin<O>>): LanguageModelPlugin<O> {
  return { kind: 'language-model', ...plugin };
}

/** An encoder of streams. @returns the same, with its kind */
export function defineEncoder<const O>(plugin: Definition<EncoderPlugin<O>>): EncoderPlugin<O> {
  return { kind: 'encoder', ...plugin };
}

/** A dataset. @returns the same, with its kind */
export function defineDataset<const O>(plugin: Definition<DatasetPlugin<O>>): DatasetPlugin<O> {
  return { kind: 'dataset', ...plugin };
}

/** A family of metrics. @returns the same, with its kind */
export function defineMetric<const O>(plugin: Definition<MetricPlugin<O>>): MetricPlugin<O> {
  return { kind: 'metric', ...plugin };
}

/** An engine, which computes. @returns the same, with its kind */
export function defineEngine<const O>(plugin: Definition<EnginePlugin<O>>): EnginePlugin<O> {
  return { kind: 'engine', ...plugin };
}
