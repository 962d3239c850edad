/** The conformance kit for language models: what every strategy that walks their blocks relies on. */
import type { EnginePlugin, LanguageModelPlugin } from '@interfuse/core';
import { languageModelClaims } from './checks/language-models.js';
import { manifestClaims } from './checks/manifest.js';
import { tokenizerClaims } from './checks/tokenizers.js';
import { type Check, type ConformanceReport, checksOf, reportOf } from './claim.js';

export interface LanguageModelConformanceSettings {
  /** The first runs every check; with several, they are compared with each other. */
  readonly engines: readonly [EnginePlugin, ...EnginePlugin[]];
  /** Sets of options, each of which gets the whole battery. Default: the defaults of the schema. */
  readonly options?: readonly object[];
  /** How paths of the options are resolved. Default: from the working directory. */
  resolvePath?(path: string): string;
}

/** The checks that apply to this plugin, none of them run yet. */
export function languageModelChecks(plugin: LanguageModelPlugin, settings: LanguageModelConformanceSettings): Check[] {
  const { engines, options = [{}], resolvePath = (path) => path } = settings;
  return checksOf(
    [...manifestClaims, ...languageModelClaims, ...tokenizerClaims],
    options.map((each) => ({ plugin, options: each, engines, resolvePath })),
  );
}

/** Runs all checks, one after another. Failures are in the report; nothing is thrown. */
export function checkLanguageModel(
  plugin: LanguageModelPlugin,
  settings: LanguageModelConformanceSettings,
): Promise<ConformanceReport> {
  return reportOf(plugin, languageModelChecks(plugin, settings));
}
