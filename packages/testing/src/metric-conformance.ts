/** The conformance kit for metrics: what whoever ranks runs by a figure relies on. */
import type { MetricPlugin } from '@interfuse/core';
import { manifestClaims } from './checks/manifest.js';
import { metricClaims } from './checks/metrics.js';
import { type Check, type ConformanceReport, checksOf, reportOf } from './claim.js';

export interface MetricConformanceSettings {
  /** Sets of options, each of which gets the whole battery. Default: the defaults of the schema. */
  readonly options?: readonly object[];
  /** Range of the labels that a regression is tried with. Default: [-3, 3]. */
  readonly range?: readonly [number, number];
}

/** The checks that apply to this plugin, none of them run yet. */
export function metricChecks(plugin: MetricPlugin, settings: MetricConformanceSettings = {}): Check[] {
  const { options = [{}], range = [-3, 3] } = settings;
  return checksOf(
    [...manifestClaims, ...metricClaims],
    options.map((each) => ({ plugin, options: each, range })),
  );
}

/** Runs all checks, one after another. Failures are in the report; nothing is thrown. */
export function checkMetric(
  plugin: MetricPlugin,
  settings: MetricConformanceSettings = {},
): Promise<ConformanceReport> {
  return reportOf(plugin, metricChecks(plugin, settings));
}
