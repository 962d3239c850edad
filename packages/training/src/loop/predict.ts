/** Predictions for all samples of a source, and their figures. */
import {
  type Engine,
  type FusionModule,
  type HostTensor,
  type HostTensors,
  InterfuseError,
  type MetricFamily,
  type Program,
  type Store,
  type TrainingSettings,
} from '@interfuse/core';
import type { BatchSource } from '../batches/batch-source.js';
import type { Giver } from '../batches/giver.js';
import { prefetch } from '../batches/prefetch.js';
import type { Withheld } from '../batches/withheld.js';
import { evaluateStep } from '../steps/evaluate-step.js';
import { scalarInt } from '../steps/inputs.js';
import { takeSignals } from './take-signals.js';

export interface Prediction {
  readonly engine: Engine;
  /** Holds at least the variables of the model. */
  readonly store: Store;
  readonly module: FusionModule;
  readonly source: BatchSource;
  readonly seed: number;
  readonly batchSize: number;
  /** What the model does not get to see. */
  readonly withheld?: Withheld;
  readonly signal?: AbortSignal;
}

interface PredictionWith extends Pick<Prediction, 'source' | 'batchSize' | 'withheld' | 'signal'> {
  /** Which sample gives each its modalities. Default: it has its own. */
  readonly giver?: Giver;
  readonly epoch?: number;
  /** Hears of every batch, in the order of the source, what went into the program and what came out. */
  onBatch?(batch: HostTensors, outputs: HostTensors): void;
}

/** Samples that are predicted at a time: predictions do not depend on it. */
export function predictionSize({ batchSize, pieceSize }: Pick<TrainingSettings, 'batchSize' | 'pieceSize'>): number {
  return pieceSize > 0 ? Math.min(batchSize, pieceSize) : batchSize;
}

/** @returns [samples x outputs], row by row in the order of the source */
export async function predict(settings: Prediction): Promise<Float32Array> {
  const { engine, store, ...rest } = settings;
  return predictWith(engine.compile(evaluateStep(settings), store), rest);
}

/** The same with a program that is at hand. */
export async function predictWith(
  program: Program,
  { source, batchSize, withheld, giver, signal, epoch = 0, onBatch }: PredictionWith,
): Promise<Float32Array> {
  const parts: Float32Array[] = [];
  const batches = Array.from({ length: Math.ceil(source.size / batchSize) }, (_, i) => {
    const first = i * batchSize;
    return Array.from({ length: Math.min(batchSize, source.size - first) }, (_, row) => first + row);
  });
  for await (const [, batch] of prefetch(batches, (rows) => source.batch(rows, withheld, giver))) {
    await takeSignals(signal);
    const outputs = await program.run({ ...batch, epoch: scalarInt(epoch) });
    parts.push((outputs.prediction as HostTensor).data as Float32Array);
    onBatch?.(batch, outputs);
  }
  const outputs = (parts[0]?.length ?? 0) / Math.min(batchSize, source.size);
  const predictions = new Float32Array(source.size * outputs);
  parts.forEach((part, i) => {
    predictions.set(part, i * batchSize * outputs);
  });
  return predictions;
}

/**
 * The columns of the metrics over the samples whose `task` label is known.
 *
 * @throws DATASET_EMPTY if none is
 */
export function score(metrics: MetricFamily, predictions: Float32Array, source: BatchSource): Record<string, number> {
  const { values, known } = source.labels('task');
  const outputs = predictions.length / source.size;
  const rows = Array.from(known.keys()).filter((row) => known[row] === 1);
  if (rows.length === 0) {
    throw new InterfuseError('DATASET_EMPTY', {
      place: 'labels of the split that is evaluated',
      expected: 'at least one sample whose label `task` is known',
      got: 'none',
    });
  }
  const scored = new Float32Array(rows.length * outputs);
  rows.forEach((row, i) => {
    scored.set(predictions.subarray(row * outputs, (row + 1) * outputs), i * outputs);
  });
  return metrics.compute(
    scored,
    Float32Array.from(rows, (row) => values[row] as number),
  );
}
