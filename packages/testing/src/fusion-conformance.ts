/**
 * The conformance kit for fusion plugins: one battery of promises that every strategy keeps, whoever wrote it.
 *
 * It runs the plugin on a tiny language model and tiny encoders, through the real steps of training, on the engines that
 * it is given. It knows no test runner; `@interfuse/testing/vitest` is a binding for one.
 */
import type { EnginePlugin, FusionPlugin, Task } from '@interfuse/core';
import { batchClaims } from './checks/batches.js';
import { declarationClaims } from './checks/declarations.js';
import { determinismClaims } from './checks/determinism.js';
import { gradientClaims } from './checks/gradients.js';
import { hostClaims } from './checks/hosts.js';
import { learningClaims } from './checks/learning.js';
import { manifestClaims } from './checks/manifest.js';
import { maskClaims } from './checks/masks.js';
import { missingClaims } from './checks/missing.js';
import { partClaims } from './checks/parts.js';
import { purityClaims } from './checks/purity.js';
import { shapeClaims } from './checks/shapes.js';
import { type Check, type ConformanceReport, checksOf, reportOf } from './claim.js';
import type { FusionClaim } from './subject.js';

export interface FusionConformanceSettings {
  /** The first runs every check; with several, they are compared with each other. */
  readonly engines: readonly [EnginePlugin, ...EnginePlugin[]];
  /** Sets of options, each of which gets the whole battery. Default: the defaults of the schema. */
  readonly options?: readonly object[];
  /**
   * For strategies that need encoders of the same, fixed number of steps: that number. Default: encoders return as many
   * steps as there are frames, which tests masks harder.
   */
  readonly encoderSteps?: number;
  /** For options with which the plugin takes fewer kinds of task than its manifest names. */
  readonly tasks?: readonly Task['kind'][];
}

const claims: readonly FusionClaim[] = [
  ...manifestClaims,
  ...declarationClaims,
  ...shapeClaims,
  ...maskClaims,
  ...batchClaims,
  ...missingClaims,
  ...gradientClaims,
  ...purityClaims,
  ...determinismClaims,
  ...hostClaims,
  ...partClaims,
  ...learningClaims,
];

/** The checks that apply to this plugin, none of them run yet. */
export function fusionChecks(plugin: FusionPlugin, settings: FusionConformanceSettings): Check[] {
  const { engines, options = [{}], encoderSteps: steps, tasks } = settings;
  return checksOf(
    claims,
    options.map((each) => ({ plugin, options: each, engines, steps, tasks })),
  );
}

/** Runs all checks, one after another. Failures are in the report; nothing is thrown. */
export function checkFusionPlugin(
  plugin: FusionPlugin,
  settings: FusionConformanceSettings,
): Promise<ConformanceReport> {
  return reportOf(plugin, fusionChecks(plugin, settings));
}
