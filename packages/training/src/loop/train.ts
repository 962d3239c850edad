/** The training loop: epochs, validation, selection, early stopping, checkpoints; it resumes where it was cut off. */
import { join } from 'node:path';
import {
  type Engine,
  type FusionModule,
  type HostTensors,
  InterfuseError,
  lossColumn,
  type MetricColumn,
  type MetricFamily,
  type Store,
  type Task,
  type TrainingSettings,
} from '@interfuse/core';
import type { BatchSource } from '../batches/batch-source.js';
import { epochOrder } from '../batches/epoch-order.js';
import { modalityDropout } from '../batches/modality-dropout.js';
import { prefetch } from '../batches/prefetch.js';
import { epochSchedule, plateauScale } from '../schedules.js';
import { evaluateStep } from '../steps/evaluate-step.js';
import { trainingLeaves } from '../steps/variables.js';
import { commitEpoch, readVariables, resumeLeaves } from './checkpoint.js';
import { LossMeans } from './loss-means.js';
import { createMicroBatchRunner } from './micro-batch-runner.js';
import { type EpochLength, epochLength, microBatches } from './micro-batches.js';
import { type BestEpoch, checkpointFolder, type EpochRecord, type Position, readPosition } from './position.js';
import { predictionSize, predictWith, score } from './predict.js';
import { takeSignals } from './take-signals.js';
import { validationLoss } from './validation-loss.js';

export interface Training {
  readonly engine: Engine;
  readonly module: FusionModule;
  readonly task: Task;
  readonly train: BatchSource;
  readonly valid: BatchSource;
  readonly settings: TrainingSettings;
  readonly seed: number;
  readonly metrics: MetricFamily;
  /** The validation column that selects the epoch, or `loss`. */
  readonly select: string;
  /** Folder of the run; checkpoints go to `checkpoint/` in it. */
  readonly folder: string;
  /** Called with the variables as their leaves declare them, unless a training is continued. */
  begin?(store: Store): Promise<void>;
  /** Stops after the step that runs; the epochs that have ended are on disk. */
  readonly signal?: AbortSignal;
  onProgress?(progress: Progress): void;
  /** Called when an epoch is on disk, with all epochs so far. */
  onEpoch?(history: readonly EpochRecord[]): Promise<void> | void;
}

export interface Progress {
  readonly epoch: number;
  readonly epochs: number;
  /** Micro-batches done in this epoch, of `steps`. */
  readonly step: number;
  readonly steps: number;
  readonly loss: number;
  /** Since this session began. */
  readonly seconds: number;
}

export interface TrainingResult {
  readonly status: 'finished' | 'interrupted';
  readonly history: readonly EpochRecord[];
  /** Absent only if no epoch has ended. */
  readonly best?: BestEpoch;
  /** Of all epochs that have ended, in whatever session. */
  readonly seconds: number;
}

/**
 * Trains until the last epoch or until `patience` epochs have brought no improvement. A folder that holds checkpoints is
 * continued, bit for bit as if it had never stopped; a finished one returns at once.
 *
 * @throws TRAINING_DIVERGED, CHECKPOINT_MISMATCH, CONFIG_WRONG_VALUE (`select` is no column of the metrics), DATASET_EMPTY
 */
export async function train(training: Training): Promise<TrainingResult> {
  const { engine, module, settings, seed, folder, signal } = training;
  const column = selectedColumn(training);
  let position = await readPosition(folder);
  if (position && isOver(position, settings)) return resultOf('finished', position);

  const store = engine.createStore();
  try {
    await store.allocate(trainingLeaves(module, settings), seed);
    if (position) {
      await readVariables(join(checkpointFolder(folder), position.files.last), store, resumeLeaves(module, settings));
    } else {
      await training.begin?.(store);
    }
    const runEpoch = createEpochRunner(training, store, column);
    while (!position || !isOver(position, settings)) {
      const began = performance.now();
      const record = await runEpoch(position?.history ?? []);
      const seconds = (position?.seconds ?? 0) + (performance.now() - began) / 1000;
      const history = [...(position?.history ?? []), record];
      const best = bestOf(column, record, position?.best, settings);
      position = await commitEpoch(folder, store, training, { history, best, seconds });
      await training.onEpoch?.(history);
    }
    return resultOf('finished', position);
  } catch (error) {
    if (signal?.aborted && error === signal.reason) return resultOf('interrupted', position);
    throw error;
  } finally {
    store.dispose?.();
  }
}

function selectedColumn({ metrics, select }: Training): MetricColumn {
  const columns = [...metrics.columns, lossColumn];
  const column = columns.find(({ name }) => name === select);
  if (column) return column;
  throw new InterfuseError('CONFIG_WRONG_VALUE', {
    place: 'evaluation.select',
    expected: `one of ${columns.map(({ name }) => name).join(', ')}`,
    got: select,
  });
}

function isOver({ history, best }: Position, { epochs, patience }: TrainingSettings): boolean {
  const withoutImprovement = history.length - 1 - best.epoch;
  return history.length >= epochs || (patience > 0 && withoutImprovement >= patience);
}

function resultOf(status: TrainingResult['status'], position: Position | undefined): TrainingResult {
  if (!position) return { status, history: [], seconds: 0 };
  return { status, history: position.history, best: position.best, seconds: position.seconds };
}

/** The best epoch so far: one that is better by enough wins, and any number is better than none. */
function bestOf(
  column: MetricColumn,
  record: EpochRecord,
  best: BestEpoch | undefined,
  settings: Pick<TrainingSettings, 'leastImprovement' | 'decimals'>,
): BestEpoch {
  const value = comparedFigure(column, record, settings);
  const { leastImprovement: least } = settings;
  const gain = best === undefined ? Number.NaN : column.better === 'lower' ? best.value - value : value - best.value;
  const improves = !best || (gain > 0 && gain >= least) || (Number.isNaN(best.value) && !Number.isNaN(value));
  return improves ? { epoch: record.epoch, value } : best;
}

/** What epochs are compared by: the selected figure, rounded as the settings say. */
function comparedFigure(
  { name }: MetricColumn,
  { valid }: EpochRecord,
  { decimals }: Pick<TrainingSettings, 'decimals'>,
): number {
  const value = valid[name] ?? Number.NaN;
  return decimals === null ? value : Math.round(value * 10 ** decimals) / 10 ** decimals;
}

/** Trains one epoch and validates; the programs are compiled once. */
function createEpochRunner(
  training: Training,
  store: Store,
  column: MetricColumn,
): (history: readonly EpochRecord[]) => Promise<EpochRecord> {
  const { engine, train: source, valid, settings, seed, signal, metrics } = training;
  const length = epochLength(source.size, settings);
  const { batches: steps, updates: updatesPerEpoch, dropped } = length;
  checkUpdates(length, settings);
  const schedule = epochSchedule(settings, updatesPerEpoch);
  const runMicroBatch = createMicroBatchRunner(training, store);
  const evaluate = engine.compile(evaluateStep(training, { inspect: 'unsampled' }), store);
  const began = performance.now();

  return async function runEpoch(history) {
    const epoch = history.length;
    const figures = history.map((record) => comparedFigure(column, record, settings));
    const scale = settings.schedule === 'plateau' ? plateauScale(figures, column.better, settings) : 1;
    const rate = (update: number): number => scale * schedule(update);
    const means = new LossMeans();
    const batches = microBatches(epochOrder(source.size, seed, epoch), settings);
    const withheld = modalityDropout(settings.modalityDropout, source, seed, epoch);
    for await (const [[index, rows], batch] of prefetch(batches.entries(), ([, rows]) =>
      source.batch(rows, withheld),
    )) {
      const step = epoch * steps + index;
      const outputs = await runMicroBatch(batch, {
        step,
        epoch,
        learningRate: rate(epoch * updatesPerEpoch + Math.floor(index / settings.accumulate)),
        completesUpdate: (index + 1) % settings.accumulate === 0 || (dropped === 0 && index + 1 === steps),
        discards: index + 1 === steps,
      });
      const loss = means.add(outputs, rows.length);
      if (!Number.isFinite(loss)) throw diverged(epoch, `step ${step}`, 'loss', loss);
      training.onProgress?.({
        epoch,
        epochs: settings.epochs,
        step: index + 1,
        steps,
        loss,
        seconds: (performance.now() - began) / 1000,
      });
      await takeSignals(signal);
    }
    let shown: EpochRecord['inspect'] = {};
    const predictions = await predictWith(evaluate, {
      source: valid,
      batchSize: predictionSize(settings),
      epoch,
      onBatch: (_, outputs) => {
        shown = unsampled(outputs);
      },
      ...(signal ? { signal } : {}),
    });
    const strange = predictions.find((value) => !Number.isFinite(value));
    if (strange !== undefined) throw diverged(epoch, 'validation', 'prediction', strange);
    return {
      epoch,
      updates: (epoch + 1) * updatesPerEpoch,
      learningRate: rate((epoch + 1) * updatesPerEpoch - 1),
      ...means.current(),
      valid: {
        ...score(metrics, predictions, valid),
        ...(column === lossColumn ? { [lossColumn.name]: validationLoss(training, predictions) } : {}),
      },
      ...(Object.keys(shown).length === 0 ? {} : { inspect: shown }),
    };
  };
}

/** Every batch of an epoch shows the same: it follows from the parameters alone. */
function unsampled(outputs: HostTensors): NonNullable<EpochRecord['inspect']> {
  const inspected = Object.entries(outputs).filter(([path]) => path.startsWith('inspect/'));
  return Object.fromEntries(inspected.map(([path, { data }]) => [path.slice('inspect/'.length), Array.from(data)]));
}

/** @throws CONFIG_WRONG_VALUE if an epoch has no optimizer step */
function checkUpdates({ batches, updates }: EpochLength, { accumulate }: TrainingSettings): void {
  if (updates > 0) return;
  throw new InterfuseError('CONFIG_WRONG_VALUE', {
    place: 'training.accumulationTail',
    expected: `keep: an epoch of ${batches} micro-batches never fills an accumulation of ${accumulate}`,
    got: 'drop',
    remedy: 'Lower training.accumulate or training.batchSize, or keep the tail.',
  });
}

function diverged(epoch: number, place: string, what: string, value: number): InterfuseError {
  return new InterfuseError('TRAINING_DIVERGED', {
    place: `training, epoch ${epoch}, ${place}`,
    expected: `a finite ${what}`,
    got: String(value),
  });
}
