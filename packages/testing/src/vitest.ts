/** The conformance kit as vitest tests: one `describe` for the plugin, one `it` for each claim. */
import type { EncoderPlugin, FusionPlugin, LanguageModelPlugin, MetricPlugin, Plugin } from '@interfuse/core';
import { describe, it } from 'vitest';
import type { Check } from './claim.js';
import { type EncoderConformanceSettings, encoderChecks } from './encoder-conformance.js';
import { type FusionConformanceSettings, fusionChecks } from './fusion-conformance.js';
import { type LanguageModelConformanceSettings, languageModelChecks } from './language-model-conformance.js';
import { type MetricConformanceSettings, metricChecks } from './metric-conformance.js';

const timeout = 120_000;

/** The whole battery for a fusion strategy, one test for each check. */
export function testFusionPlugin(plugin: FusionPlugin, settings: FusionConformanceSettings): void {
  testChecks(plugin, fusionChecks(plugin, settings));
}

/** The whole battery for a language-model adapter, one test for each check. */
export function testLanguageModel(plugin: LanguageModelPlugin, settings: LanguageModelConformanceSettings): void {
  testChecks(plugin, languageModelChecks(plugin, settings));
}

/** The whole battery for an encoder, one test for each check. */
export function testEncoder(plugin: EncoderPlugin, settings: EncoderConformanceSettings): void {
  testChecks(plugin, encoderChecks(plugin, settings));
}

/** The whole battery for a family of metrics, one test for each check. */
export function testMetric(plugin: MetricPlugin, settings: MetricConformanceSettings = {}): void {
  testChecks(plugin, metricChecks(plugin, settings));
}

function testChecks({ kind, id }: Pick<Plugin, 'kind' | 'id'>, checks: readonly Check[]): void {
  describe(`${kind} plugin ${id}`, () => {
    for (const { name, run } of checks) it(name, run, timeout);
  });
}
