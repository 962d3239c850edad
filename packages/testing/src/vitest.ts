/** The conformance kit as vitest tests: one `describe` for the plugin, one `it` for each claim. */
import type { FusionPlugin } from '@interfuse/core';
import { describe, it } from 'vitest';
import { type ConformanceSettings, fusionConformance } from './conformance.js';

const timeout = 120_000;

export function testFusionPlugin(plugin: FusionPlugin, settings: ConformanceSettings): void {
  describe(`fusion plugin ${plugin.id}`, () => {
    for (const { name, run } of fusionConformance(plugin, settings)) it(name, run, timeout);
  });
}
