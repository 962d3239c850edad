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

export function defineFusion<const O>(plugin: Definition<FusionPlugin<O>>): FusionPlugin<O> {
  return { kind: 'fusion', ...plugin };
}

export function defineLanguageModel<const O>(plugin: Definition<LanguageModelPlugin<O>>): LanguageModelPlugin<O> {
  return { kind: 'language-model', ...plugin };
}

export function defineEncoder<const O>(plugin: Definition<EncoderPlugin<O>>): EncoderPlugin<O> {
  return { kind: 'encoder', ...plugin };
}

export function defineDataset<const O>(plugin: Definition<DatasetPlugin<O>>): DatasetPlugin<O> {
  return { kind: 'dataset', ...plugin };
}

export function defineMetric<const O>(plugin: Definition<MetricPlugin<O>>): MetricPlugin<O> {
  return { kind: 'metric', ...plugin };
}

export function defineEngine<const O>(plugin: Definition<EnginePlugin<O>>): EnginePlugin<O> {
  return { kind: 'engine', ...plugin };
}
