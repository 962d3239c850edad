import { cpu, wasm } from '@interfuse/engine-tfjs';
import { describe, expect, it } from 'vitest';
import type { Check } from '../claim.js';
import { encoderChecks } from '../encoder-conformance.js';
import { fusionChecks } from '../fusion-conformance.js';
import { languageModelChecks } from '../language-model-conformance.js';
import { metricChecks } from '../metric-conformance.js';
import { faultyEncoders } from './encoders.test-support.js';
import type { Faulty } from './faulty.test-support.js';
import { faultyFusion } from './fusion.test-support.js';
import { faultyLanguageModels } from './language-models.test-support.js';
import { faultyMetrics } from './metrics.test-support.js';

const engines = [cpu, wasm] as const;

/** Of the checks of the battery that fail, the names. */
async function failing(checks: readonly Check[]): Promise<string[]> {
  const names: string[] = [];
  for (const { name, run } of checks) {
    try {
      await run();
    } catch (error) {
      expect(error).toMatchObject({ code: expect.stringMatching(/^(PLUGIN|CONFIG)_/) });
      names.push(name);
    }
  }
  return names;
}

function testEveryFault<P>(faulty: { readonly [fault: string]: Faulty<P> }, checksOf: (plugin: P) => Check[]): void {
  it.each(Object.entries(faulty))(
    '%s is caught by the check for it, and by no other',
    async (_, { plugin, claim, also }) => {
      const checks = checksOf(plugin);
      const names = checks.map(({ name }) => name);
      const { claims = [] } = also ?? {};
      const others = claims === 'all that follow' ? names.slice(names.indexOf(claim) + 1) : claims;
      expect(names).toEqual(expect.arrayContaining([claim, ...others]));
      expect((await failing(checks)).sort()).toEqual([claim, ...others].sort());
    },
  );
}

describe('a fusion plugin that', () => {
  testEveryFault(faultyFusion, (plugin) => fusionChecks(plugin, { engines }));
});

describe('a language model that', () => {
  testEveryFault(faultyLanguageModels, (plugin) => languageModelChecks(plugin, { engines }));
});

describe('an encoder that', () => {
  testEveryFault(faultyEncoders, (plugin) => encoderChecks(plugin, { engines }));
});

describe('a metric that', () => {
  testEveryFault(faultyMetrics, (plugin) => metricChecks(plugin));
});
