/** The loss of the task on validation, as programs of the field report it: the mean over batches of their means. */
import type { Task, TrainingSettings } from '@interfuse/core';
import type { BatchSource } from '../batches/batch-source.js';

interface Validated {
  readonly task: Task;
  readonly valid: BatchSource;
  readonly settings: Pick<TrainingSettings, 'batchSize'>;
}

/**
 * Absolute error, or cross-entropy for classes, over the samples whose `task` label is known. A last, smaller batch weighs
 * as much as the others (quirk of MMSA's trainers); batches are those of `batchSize` in the order of the split, so that
 * the figure depends on nothing else.
 *
 * @param predictions [samples x outputs], row by row
 */
export function validationLoss({ task, valid, settings }: Validated, predictions: Float32Array): number {
  const { values, known } = valid.labels('task');
  const outputs = predictions.length / valid.size;
  const lossOf = (row: number): number => {
    const predicted = predictions.subarray(row * outputs, (row + 1) * outputs);
    const label = values[row] as number;
    return task.kind === 'regression' ? Math.abs((predicted[0] as number) - label) : crossEntropyOf(predicted, label);
  };
  const means: number[] = [];
  for (let first = 0; first < valid.size; first += settings.batchSize) {
    const size = Math.min(settings.batchSize, valid.size - first);
    const rows = Array.from({ length: size }, (_, i) => first + i).filter((row) => known[row] === 1);
    if (rows.length > 0) means.push(mean(rows.map(lossOf)));
  }
  return mean(means);
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** -log softmax(logits)[label] */
function crossEntropyOf(logits: Float32Array, label: number): number {
  const largest = Math.max(...logits);
  const sum = logits.reduce((total, logit) => total + Math.exp(logit - largest), 0);
  return largest + Math.log(sum) - (logits[label] as number);
}
