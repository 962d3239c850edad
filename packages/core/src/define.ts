/**
 * `define...`: one function per kind of plugin. Each returns its argument with `kind` set and the type of the options
 * inferred from their schema. Nothing is registered: a plugin is a value.
 */
import type { FusionBatch, FusionHost, FusionModule, FusionRequirements } from './contracts/fusion.js';
import type { Leaves } from './contracts/leaf.js';
import type {
  DatasetPlugin,
  EncoderPlugin,
  EnginePlugin,
  FusionPlugin,
  LanguageModelPlugin,
  MetricPlugin,
  OptionsOf,
} from './contracts/plugin.js';

type Definition<P> = Omit<P, 'kind'>;

type FusionDefinition<O, I extends string, R extends FusionRequirements> = Omit<
  FusionPlugin<O, I>,
  'kind' | 'requires' | 'load'
> & {
  readonly requires: R;
  load(): Promise<(options: OptionsOf<O>, host: FusionHost<R>) => FusionModule<Leaves, Leaves, FusionBatch<R>>>;
};

/**
 * A fusion strategy. The factory gets the host that `requires` promises: a call of the language model that it does not name does not compile.
 * The host keeps the promise (`checkRequirements`), so a plugin without its type may be given any.
 *
 * @returns the same, with its kind
 */
export function defineFusion<const O, const I extends string, const R extends FusionRequirements>(
  plugin: FusionDefinition<O, I, R>,
): FusionPlugin<O, I> {
  return { kind: 'fusion', ...plugin } as unknown as FusionPlugin<O, I>;
}

/** An adapter for language models of an architecture. @returns the same, with its kind */
export function defineLanguageModel<const O, const I extends string>(
  plugin: Definition<LanguageModelPlugin<O, I>>,
): LanguageModelPlugin<O, I> {
  return { kind: 'language-model', ...plugin };
}

/** An encoder of streams. @returns the same, with its kind */
export function defineEncoder<const O, const I extends string>(
  plugin: Definition<EncoderPlugin<O, I>>,
): EncoderPlugin<O, I> {
  return { kind: 'encoder', ...plugin };
}

/** A dataset. @returns the same, with its kind */
export function defineDataset<const O, const I extends string>(
  plugin: Definition<DatasetPlugin<O, I>>,
): DatasetPlugin<O, I> {
  return { kind: 'dataset', ...plugin };
}

/** A family of metrics. @returns the same, with its kind */
export function defineMetric<const O, const I extends string>(
  plugin: Definition<MetricPlugin<O, I>>,
): MetricPlugin<O, I> {
  return { kind: 'metric', ...plugin };
}

/** An engine, which computes. @returns the same, with its kind */
export function defineEngine<const O, const I extends string>(
  plugin: Definition<EnginePlugin<O, I>>,
): EnginePlugin<O, I> {
  return { kind: 'engine', ...plugin };
}
