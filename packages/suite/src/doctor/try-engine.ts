/** Tries an engine: starts it, runs one step whose result is known, and puts what happened into words. */
import { type EnginePlugin, isInterfuseError, type Logger, type Step } from '@interfuse/core';
import { constant, flattenLeaves, linear, nestTensors } from '@interfuse/nn';
import type { Finding } from './finding.js';

export type Outcome = Omit<Finding, 'what'>;

/** Options to try an engine with. */
export interface Variant {
  readonly provider?: string;
}

/** Whatever the engine can be told to run on, one by one; itself alone if it has no such choice. */
export function variantsOf(plugin: EnginePlugin): readonly Variant[] {
  const { properties } = plugin.options as { properties?: { provider?: { enum?: readonly string[] } } };
  return properties?.provider?.enum?.map((provider) => ({ provider })) ?? [{}];
}

/** Never throws: that an engine fails is what is to be found out. */
export async function tryEngine(plugin: EnginePlugin, variant: Variant, logger: Logger): Promise<Outcome> {
  try {
    const create = await plugin.load();
    const engine = await create(variant as never, { logger });
    try {
      const store = engine.createStore();
      await store.allocate(flattenLeaves(leaves), 0);
      const { sum } = await engine.compile(step, store).run({
        x: { shape: [1, 2], type: 'float32', data: Float32Array.of(3, 4) },
      });
      store.dispose?.();
      // 2 * 3 + 2 * 4 + 1
      if (sum?.data[0] !== 15) return { verdict: 'fails', details: `computes ${sum?.data[0]} where 15 is right` };
      const described = Object.entries(await engine.describe()).map(([name, value]) => `${name} ${value}`);
      const costs = engine.costs?.();
      if (costs !== undefined)
        described.push(`compiles a step of one layer in ${(costs.compileSeconds * 1000).toFixed(0)} ms`);
      return { verdict: 'ok', details: described.join(', ') };
    } finally {
      await engine.dispose();
    }
  } catch (error) {
    return outcomeOf(error);
  }
}

function outcomeOf(error: unknown): Outcome {
  if (!isInterfuseError(error)) {
    const message = error instanceof Error ? error.message : String(error);
    return { verdict: 'fails', details: message.split('\n', 1)[0] as string };
  }
  const { code, expected, got, remedy } = error;
  if (code === 'ENGINE_ABSENT') return { verdict: 'absent', details: got, toDo: remedy };
  return { verdict: 'fails', details: `${code}: expected ${expected}; got ${got}`, toDo: remedy };
}

const leaves = { weight: constant([1, 2], 2), bias: constant([1], 1) };

const step: Step = {
  name: 'doctor',
  run: (variables, { x }) => ({
    updates: {},
    outputs: { sum: linear(nestTensors(leaves, variables), x as NonNullable<typeof x>) },
  }),
};
