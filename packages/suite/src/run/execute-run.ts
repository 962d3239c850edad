/** One run from its plan to its result: trains, selects on validation, opens the test split once. It resumes where it was cut off. */
import { mkdir } from 'node:fs/promises';
import { type EffectiveConfig, type Engine, isInterfuseError, type Store } from '@interfuse/core';
import { writeFileWhole } from '@interfuse/safetensors';
import {
  type BatchSource,
  type EpochRecord,
  labelNames,
  loadWarmStart,
  type Progress,
  type TrainingResult,
  train,
} from '@interfuse/training/loop';
import type { Experiment } from '../experiment/open-experiment.js';
import type { RunPlan } from '../experiment/plan.js';
import type { LockedPlan } from '../experiment/plan-lock.js';
import { stagesOf } from '../experiment/stages-of.js';
import { writeEvents } from '../tensorboard/write-events.js';
import { evaluateSelected } from './evaluate-selected.js';
import { flopCounts } from './flop-counts.js';
import { lockRun } from './lock.js';
import { describeRun } from './manifest.js';
import { namingPlugin } from './naming-plugin.js';
import { requireFinished } from './require-finished.js';
import type { RunCost, RunResult, TrialResult } from './result.js';
import { openRunData, type RunData } from './run-data.js';
import { has, pathOf, removeIfFresh, writeJson } from './run-folder.js';

export interface RunHooks {
  /** Stops after the step that runs. */
  readonly signal?: AbortSignal;
  onProgress?(progress: Progress): void;
  onEpoch?(record: EpochRecord): void;
  /**
   * Called where another process works on the run, and is alive: its result is then waited for. Without this, such a run
   * is an error.
   */
  onWait?(): void;
}

/**
 * A finished run is left as it is. The plan is what the test split opens for in the end. A run that fails before its first epoch has ended leaves no folder behind.
 * @throws RUN_LOCKED, PLAN_INVALID if the run is not part of the plan, and what data, training and engines throw
 */
export async function executeRun(
  experiment: Experiment,
  run: RunPlan,
  plan: LockedPlan,
  hooks: RunHooks = {},
): Promise<'finished' | 'interrupted'> {
  plan.require(run);
  return execute(experiment, run, hooks, {
    file: 'result',
    end: (engine, data, training, seconds) => finish(run, engine, data, plan, training, seconds),
  });
}

/**
 * The same for a trial of a search, which ends with the selection and leaves `trial.json`. It is given no plan, and so
 * no way to the test split.
 * @throws RUN_LOCKED, and what data, training and engines throw
 */
export function executeTrial(
  experiment: Experiment,
  run: RunPlan,
  hooks: RunHooks = {},
): Promise<'finished' | 'interrupted'> {
  return execute(experiment, run, hooks, {
    file: 'trial',
    end: async (_engine, _data, training) => {
      const { epoch, value } = training.best as NonNullable<TrainingResult['best']>;
      const trial: TrialResult = {
        format: 1,
        run: run.name,
        seed: run.seed,
        epochs: training.history.length,
        selected: { epoch, column: run.identity.evaluation.select, value },
      };
      await writeJson(run.folder, 'trial', trial);
    },
  });
}

/** What becomes of weights that are selected. */
interface Ending {
  /** Whose presence says that it is over. */
  readonly file: 'result' | 'trial';
  end(engine: Engine, data: RunData, training: TrainingResult, preparationSeconds: number): Promise<void>;
}

async function execute(
  experiment: Experiment,
  run: RunPlan,
  hooks: RunHooks,
  ending: Ending,
): Promise<'finished' | 'interrupted'> {
  const { folder } = run;
  await mkdir(folder, { recursive: true });
  const unlock = await takeLock(folder, hooks);
  if (unlock === undefined) return 'interrupted';
  try {
    if (has(folder, ending.file)) return 'finished';
    const engine = await run.strategy.scope.engine();
    await describe(experiment, run, engine);
    return await trainToEnd(run, engine, hooks, ending);
  } catch (error) {
    await removeIfFresh(folder);
    throw error;
  } finally {
    await unlock();
  }
}

/** Nothing if it is stopped while it waits. */
async function takeLock(folder: string, { signal, onWait }: RunHooks): Promise<(() => Promise<void>) | undefined> {
  try {
    return await lockRun(folder);
  } catch (error) {
    if (onWait === undefined || !isInterfuseError(error) || error.code !== 'RUN_LOCKED') throw error;
    onWait();
  }
  try {
    return await lockRun(folder, { patience: Number.POSITIVE_INFINITY, ...(signal === undefined ? {} : { signal }) });
  } catch (error) {
    if (signal?.aborted && error === signal.reason) return undefined;
    throw error;
  }
}

async function describe(experiment: Experiment, run: RunPlan, engine: Engine): Promise<void> {
  const { folder, seed, strategy } = run;
  if (has(folder, 'manifest')) return;
  await writeJson(folder, 'config', {
    ...strategy.config,
    stages: neededStages(run),
    languageModel: strategy.backbone === undefined ? [] : [strategy.backbone],
    fusion: [strategy.slot],
    training: strategy.settings,
    seeds: [seed],
  });
  await writeJson(folder, 'manifest', await describeRun(experiment, run, engine));
}

async function trainToEnd(
  run: RunPlan,
  engine: Engine,
  hooks: RunHooks,
  ending: Ending,
): Promise<'finished' | 'interrupted'> {
  const data = openRunData(run, engine, { signal: hooks.signal });
  const began = performance.now();
  try {
    const { source: trainSource } = await data.train();
    const { source: validSource } = await data.valid();
    hooks.signal?.throwIfAborted();
    const preparationSeconds = secondsSince(began);
    const training = await namingPlugin('fusion', run.strategy.plugin.id, () =>
      trainRun(run, engine, { train: trainSource, valid: validSource }, hooks, ending),
    );
    if (training.status === 'interrupted') return 'interrupted';
    await ending.end(engine, data, training, preparationSeconds);
    return 'finished';
  } catch (error) {
    if (hooks.signal?.aborted && error === hooks.signal.reason) return 'interrupted';
    throw error;
  } finally {
    await data.close();
  }
}

function trainRun(
  run: RunPlan,
  engine: Engine,
  sources: { readonly train: BatchSource; readonly valid: BatchSource },
  hooks: RunHooks,
  { file }: Ending,
): Promise<TrainingResult> {
  const { folder, seed, identity, strategy } = run;
  const { module, metrics, dataset, settings } = strategy;
  return train({
    engine,
    module,
    task: dataset.spec.task,
    ...sources,
    settings,
    seed,
    metrics,
    select: identity.evaluation.select,
    folder,
    ...(hooks.signal === undefined ? {} : { signal: hooks.signal }),
    begin: (store) => beginWarm(run, store, file),
    onProgress: (progress) => hooks.onProgress?.(progress),
    async onEpoch(history) {
      const lines = history.map((record) => `${JSON.stringify(record)}\n`);
      await writeFileWhole(pathOf(folder, 'metrics'), lines.join(''));
      await writeEvents(folder, history);
      hooks.onEpoch?.(history.at(-1) as EpochRecord);
    },
  });
}

/** What the config says of the stages that come before this run. */
function neededStages(run: RunPlan): EffectiveConfig['stages'] {
  const { stages } = run.strategy.config;
  const names = new Set(stagesOf([run]).map(({ strategy }) => strategy.stage));
  return Object.fromEntries(Object.entries(stages).filter(([name]) => names.has(name)));
}

/** @param file what a stage leaves when it is finished: in a search it is a trial, too, and has opened no test split */
async function beginWarm({ warmStarts }: RunPlan, store: Store, file: Ending['file']): Promise<void> {
  for (const warmStart of warmStarts) {
    await requireFinished(warmStart.folder, warmStart.stage === undefined ? 'result' : file);
    await loadWarmStart(warmStart.folder, store, warmStart);
  }
}

/** The result is written last: a run that has one is finished. */
async function finish(
  run: RunPlan,
  engine: Engine,
  data: RunData,
  plan: LockedPlan,
  training: TrainingResult,
  preparationSeconds: number,
): Promise<void> {
  const { folder, name, seed, identity, strategy } = run;
  const began = performance.now();
  const { receipt, predictions, valid, test, byTag, constant } = await evaluateSelected(run, engine, data, plan);
  const cost: RunCost = {
    preparationSeconds,
    trainingSeconds: training.seconds,
    evaluationSeconds: secondsSince(began),
    peakMemoryMegabytes: Math.round(process.resourceUsage().maxRSS / 1000),
    ...engine.costs?.(),
  };
  const { split } = await data.train();
  const flops = await flopCounts(run, labelNames(split.samples));
  const { epoch, value } = training.best as NonNullable<TrainingResult['best']>;
  const { id, version } = strategy.plugin;
  const { options, adaptation, control } = strategy.slot;
  const { spec } = strategy.dataset;
  const result: RunResult = {
    format: 1,
    run: name,
    strategy: { id, version, options, adaptation, control },
    seed,
    data: { name: spec.name, digest: spec.digest },
    engine: engine.id,
    parameters: strategy.parameters,
    ...(flops === undefined ? {} : { flops }),
    epochs: training.history.length,
    selected: { epoch, column: identity.evaluation.select, value },
    weights: receipt.checkpoint,
    valid,
    test,
    ...(byTag === undefined ? {} : { byTag }),
    constant,
  };
  await writeFileWhole(pathOf(folder, 'predictions'), predictions);
  await writeJson(folder, 'cost', cost);
  await writeJson(folder, 'result', result);
}

function secondsSince(began: number): number {
  return (performance.now() - began) / 1000;
}
