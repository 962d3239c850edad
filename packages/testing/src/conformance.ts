/**
 * The conformance kit: one battery of promises that every fusion plugin keeps, whoever wrote it.
 *
 * It runs the plugin on a tiny language model and tiny encoders, through the real steps of training, on the engines that
 * it is given. It knows no test runner; `@interfuse/testing/vitest` is a binding for one.
 */
import {
  type EnginePlugin,
  type FusionPlugin,
  type InterfuseError,
  isInterfuseError,
  type Task,
} from '@interfuse/core';
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
import { type Claim, nonconformity, type Subject } from './subject.js';

export interface ConformanceSettings {
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

export interface Check {
  /** What is claimed, in words. */
  readonly name: string;
  /** @throws PLUGIN_NONCONFORMING: what was expected, what came, and the usual cause */
  run(): Promise<void>;
}

export interface ConformanceReport {
  readonly plugin: string;
  readonly conforms: boolean;
  readonly passed: readonly string[];
  readonly failed: readonly { readonly name: string; readonly error: InterfuseError }[];
}

const claims: readonly Claim[] = [
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
export function fusionConformance(plugin: FusionPlugin, settings: ConformanceSettings): Check[] {
  const { engines, options = [{}], encoderSteps: steps, tasks } = settings;
  return options.flatMap((each) => {
    const subject: Subject = { plugin, options: each, engines, steps, tasks };
    const suffix = options.length > 1 ? ` (${JSON.stringify(each)})` : '';
    return claims
      .filter((claim) => claim.applies?.(subject) ?? true)
      .map((claim) => ({ name: `${claim.name}${suffix}`, run: () => runClaim(claim, subject) }));
  });
}

/** Runs all checks, one after another. Failures are in the report; nothing is thrown. */
export async function checkFusionPlugin(
  plugin: FusionPlugin,
  settings: ConformanceSettings,
): Promise<ConformanceReport> {
  const passed: string[] = [];
  const failed: { name: string; error: InterfuseError }[] = [];
  for (const { name, run } of fusionConformance(plugin, settings)) {
    try {
      await run();
      passed.push(name);
    } catch (error) {
      failed.push({ name, error: error as InterfuseError });
    }
  }
  return { plugin: plugin.id, conforms: failed.length === 0, passed, failed };
}

/** Whatever the plugin throws by itself is a finding, too. */
async function runClaim(claim: Claim, subject: Subject): Promise<void> {
  try {
    await claim.run(subject);
  } catch (error) {
    if (isInterfuseError(error)) throw error;
    throw nonconformity(subject, {
      expected: `that ${claim.name}`,
      got: `an error on the way: ${error instanceof Error ? error.message : String(error)}`,
      usualCause:
        'shapes that do not fit, or a part of the batch that is not always there; see the stack of the cause.',
      cause: error,
    });
  }
}
