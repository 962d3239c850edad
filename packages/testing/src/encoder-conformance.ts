/** The conformance kit for encoders: what every strategy relies on that is given one for each stream. */
import type { EncoderPlugin, EnginePlugin } from '@interfuse/core';
import { encoderClaims } from './checks/encoders.js';
import { manifestClaims } from './checks/manifest.js';
import { type Check, type ConformanceReport, checksOf, reportOf } from './claim.js';

export interface EncoderConformanceSettings {
  /** The first runs every check; with several, they are compared with each other. */
  readonly engines: readonly [EnginePlugin, ...EnginePlugin[]];
  /** Sets of options, each of which gets the whole battery. Default: the defaults of the schema. */
  readonly options?: readonly object[];
}

/** The checks that apply to this plugin, none of them run yet. */
export function encoderChecks(plugin: EncoderPlugin, settings: EncoderConformanceSettings): Check[] {
  const { engines, options = [{}] } = settings;
  return checksOf(
    [...manifestClaims, ...encoderClaims],
    options.map((each) => ({ plugin, options: each, engines })),
  );
}

/** Runs all checks, one after another. Failures are in the report; nothing is thrown. */
export function checkEncoder(plugin: EncoderPlugin, settings: EncoderConformanceSettings): Promise<ConformanceReport> {
  return reportOf(plugin, encoderChecks(plugin, settings));
}
