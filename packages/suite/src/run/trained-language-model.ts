/** The language model of a finished run, with the values that the selected epoch left it with. */
import { type Engine, InterfuseError, type Leaf } from '@interfuse/core';
import type { TrainedLanguageModel } from '@interfuse/lm-adapters/save';
import { flattenLeaves } from '@interfuse/nn';
import { SafetensorsFile } from '@interfuse/safetensors';
import { bestWeightsFile } from '@interfuse/training/loop';
import { pathOfTree } from '../experiment/parameter-counts.js';
import type { RunPlan } from '../experiment/plan.js';

/**
 * Calls `use` with the model; values are read one at a time while it runs.
 *
 * @param engine holds what is read for a moment
 * @throws PLUGIN_REQUIREMENT if the strategy of the run has no language model
 */
export async function withTrainedLanguageModel<R>(
  { strategy, seed, folder }: RunPlan,
  engine: Engine,
  use: (trained: TrainedLanguageModel) => Promise<R>,
): Promise<R> {
  const model = strategy.languageModel?.model;
  const root = model && pathOfTree(strategy.module.parameters, model.parameters);
  if (!model || root === undefined) {
    throw new InterfuseError('PLUGIN_REQUIREMENT', {
      place: folder,
      expected: 'a run whose strategy has the language model among its parameters',
      got: `a run of ${strategy.plugin.id} without one`,
    });
  }
  const leaves = flattenLeaves(model.parameters);
  const weights = await SafetensorsFile.open(await bestWeightsFile(folder));
  try {
    return await use({
      model,
      async read(path) {
        const name = `parameters/${root}/${path}`;
        if (leaves.get(path)?.train) return (await weights.tensor(name)).data as Float32Array;
        return readFrozen(engine, name, leaves.get(path) as Leaf, seed);
      },
    });
  } finally {
    await weights.close();
  }
}

/** What a frozen leaf starts and ends with. */
async function readFrozen(engine: Engine, name: string, leaf: Leaf, seed: number): Promise<Float32Array> {
  const store = engine.createStore();
  try {
    await store.allocate(new Map([[name, leaf]]), seed);
    return (await store.read([name]))[name]?.data as Float32Array;
  } finally {
    store.dispose?.();
  }
}
