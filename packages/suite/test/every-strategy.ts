/** Every built-in strategy on a small dataset and stories260k, without dropout, and what one accumulation over a batch leaves. */
import type { Engine, HostTensors, Store } from '@interfuse/core';
import { createMicroBatchRunner, trainingLeaves } from '@interfuse/training/loop';
import { openExperiment } from '../src/experiment/open-experiment.js';
import { planRuns, type RunPlan } from '../src/experiment/plan.js';
import { openRunData } from '../src/run/run-data.js';
import { writeSmallExperiment } from './small-experiment.js';

const strategies = [
  { use: 'unimodal', options: { dropout: 0 } },
  { use: 'early', options: { dropout: 0 } },
  { use: 'late', options: { dropout: 0 } },
  { use: 'shallow', options: { dropout: 0 } },
  {
    use: 'mult',
    options: {
      ...{ width: 8, heads: 2, layers: 1, memoryLayers: 1 },
      ...{ dropout: 0, attentionDropout: 0, embeddingDropout: 0, textDropout: 0 },
    },
  },
  { use: 'almt', options: { width: 8, heads: 2, tokens: 2, depth: 2, fusionDepth: 1, dropout: 0 } },
  { use: 'mbt', options: { tokens: 2, heads: 2, layerDropout: 0, dropout: 0 } },
  { use: 'deepmlf', options: { dropout: 0, tokens: 2, heads: 4 } },
];

export const everyStrategy = strategies.map(({ use }) => use);

/** Writes `<folder>/data` and `<folder>/config.json`. */
export async function writeEveryStrategy(folder: string): Promise<void> {
  await writeSmallExperiment(folder, {
    engine: 'wasm',
    seeds: 1,
    fusion: strategies,
    encoders: { '*': { use: 'transformer', options: { width: 8, heads: 2, layers: 1, dropout: 0, steps: 4 } } },
  });
}

/** Opens the run of a strategy with its engine and its first batch of eight. */
export async function withRun<R>(
  folder: string,
  strategy: string,
  overrides: readonly string[],
  use: (run: RunPlan, engine: Engine, batch: HostTensors) => Promise<R>,
): Promise<R> {
  const logger = { debug() {}, info() {}, warn() {} };
  const experiment = await openExperiment({ workingFolder: folder, configFile: 'config.json', overrides }, logger);
  const [run] = (await planRuns(experiment, { fusion: everyStrategy.indexOf(strategy) })) as [RunPlan];
  const { scope } = run.strategy;
  const engine = await scope.engine();
  const data = openRunData(run, engine);
  try {
    const { source } = await data.train();
    return await use(run, engine, await source.batch([0, 1, 2, 3, 4, 5, 6, 7]));
  } finally {
    await data.close();
    await scope.dispose();
  }
}

/** The run with so many samples to a piece. */
export function inPiecesOf(pieceSize: number, run: RunPlan): RunPlan {
  const { strategy } = run;
  return { ...run, strategy: { ...strategy, settings: { ...strategy.settings, pieceSize } } };
}

/** Losses, gradients and state after a batch whose gradients are accumulated and not applied. */
export async function accumulated(
  { strategy }: RunPlan,
  engine: Engine,
  batch: HostTensors,
  prepare?: (store: Store) => Promise<void>,
): Promise<HostTensors> {
  const { module, dataset } = strategy;
  const settings = { ...strategy.settings, accumulate: 2 };
  const store = engine.createStore();
  await store.allocate(trainingLeaves(module, settings), 1);
  await prepare?.(store);
  const runMicroBatch = createMicroBatchRunner({ module, engine, task: dataset.spec.task, seed: 1, settings }, store);
  const outputs = await runMicroBatch(batch, { step: 3, epoch: 0, learningRate: 0.01, completesUpdate: false });
  const values = await store.read(store.paths.filter((path) => /^(gradients|state|counters)\//.test(path)));
  store.dispose?.();
  return { ...outputs, ...values };
}
