/** Plugins are values: a manifest that can be read without loading a tensor library, and one lazy factory. */
import type { FromSchema, JSONSchema } from 'json-schema-to-ts';
import type { Dataset } from './dataset.js';
import type { Encoder, StreamSpec } from './encoder.js';
import type { Engine } from './engine.js';
import type { FusionHost, FusionModule, FusionRequirements, LanguageModelMember, Logger } from './fusion.js';
import type { LanguageModel, Tokenizer } from './language-model.js';
import type { MetricFamily, MetricHost } from './metric.js';
import type { Task } from './model.js';

/** The version of the contracts between plugins and hosts; a plugin writes it down as a literal. */
export const apiVersion = 1;

/** The TypeScript type of the options that a JSON Schema describes. */
export type OptionsOf<O> = O extends JSONSchema ? FromSchema<O> : never;

export type PluginKind = 'fusion' | 'language-model' | 'encoder' | 'dataset' | 'metric' | 'engine';

export interface Manifest<O = unknown, I extends string = string> {
  /** `deepmlf`; plugins of others are `@scope/name`. */
  readonly id: I;
  readonly version: string;
  readonly apiVersion: 1;
  readonly title: string;
  readonly summary: string;
  readonly paper?: string;
  /** JSON Schema 2020-12, `as const`, `additionalProperties: false`, every property described. */
  readonly options: O;
}

/** Options under a name: what a variant of a strategy sets. Everything else has the defaults of the schema. */
export interface Preset {
  /** One sentence. */
  readonly summary: string;
  /** Where the variant comes from. */
  readonly source?: string;
  readonly options: { readonly [name: string]: unknown };
}

export interface FusionPlugin<O = unknown, I extends string = string> extends Manifest<O, I> {
  readonly kind: 'fusion';
  /**
   * Early (input level), late (pooled outputs), shallow (one point), intermediate (many layers outside the language model),
   * deep (many layers inside it); none (a single modality: a yardstick).
   */
  readonly category: 'early' | 'late' | 'shallow' | 'intermediate' | 'deep' | 'none';
  readonly requires: FusionRequirements;
  /** What the strategy does when a modality is absent. */
  readonly missing: 'mask' | 'zeros' | 'absent-token';
  /** `invariant`: the amount of padding never matters. `fixed`: lengths are constants of the run. */
  readonly padding: 'invariant' | 'fixed';
  /** `own`: the strategy trains parts of the language model's computation itself, so that no other adaptation applies. */
  readonly adaptation?: 'own';
  readonly presets?: { readonly [name: string]: Preset };
  load(): Promise<(options: OptionsOf<O>, host: FusionHost) => FusionModule>;
}

export interface LanguageModelHost {
  /** Resolves a path of the config, relative to the folder of the config file. */
  resolvePath(path: string): string;
  readonly logger: Logger;
}

export interface LanguageModelPlugin<O = unknown, I extends string = string> extends Manifest<O, I> {
  readonly kind: 'language-model';
  readonly provides: readonly LanguageModelMember[];
  /** Reads config, header and tokenizer; no weights. */
  load(): Promise<
    (options: OptionsOf<O>, host: LanguageModelHost) => Promise<{ model: LanguageModel; tokenizer: Tokenizer }>
  >;
}

export interface EncoderPlugin<O = unknown, I extends string = string> extends Manifest<O, I> {
  readonly kind: 'encoder';
  load(): Promise<(options: OptionsOf<O>, host: { stream: StreamSpec; logger: Logger }) => Encoder>;
}

export interface DatasetPlugin<O = unknown, I extends string = string> extends Manifest<O, I> {
  readonly kind: 'dataset';
  load(): Promise<
    (options: OptionsOf<O>, host: { resolvePath(path: string): string; logger: Logger }) => Promise<Dataset>
  >;
}

export interface MetricPlugin<O = unknown, I extends string = string> extends Manifest<O, I> {
  readonly kind: 'metric';
  readonly task: readonly Task['kind'][];
  load(): Promise<(options: OptionsOf<O>, host: MetricHost) => MetricFamily>;
}

export interface EnginePlugin<O = unknown, I extends string = string> extends Manifest<O, I> {
  readonly kind: 'engine';
  load(): Promise<(options: OptionsOf<O>, host: { logger: Logger }) => Promise<Engine>>;
}

/** A plugin of any kind, with the type of its options forgotten: what the registry holds. */
export type Plugin = FusionPlugin | LanguageModelPlugin | EncoderPlugin | DatasetPlugin | MetricPlugin | EnginePlugin;

export type PluginOfKind<K extends PluginKind> = Extract<Plugin, { kind: K }>;
