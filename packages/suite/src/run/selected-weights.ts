/** The selected weights of a run, in a store of its engine for as long as they are used. */
import type { Engine, Store } from '@interfuse/core';
import { loadBest, modelLeaves } from '@interfuse/training/loop';
import type { RunPlan } from '../experiment/plan.js';

/** @throws what loading a checkpoint throws, and what `use` does */
export async function withSelectedWeights<R>(
  { folder, seed, strategy }: RunPlan,
  engine: Engine,
  use: (store: Store) => Promise<R>,
): Promise<R> {
  const store = engine.createStore();
  try {
    await store.allocate(modelLeaves(strategy.module), seed);
    await loadBest(folder, store, strategy.module);
    return await use(store);
  } finally {
    store.dispose?.();
  }
}
