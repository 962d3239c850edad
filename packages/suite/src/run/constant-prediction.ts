/** The prediction that looks at nothing: the training median, or the most frequent class. What does not beat it has learnt nothing. */
import { type Task, taskOutputs } from '@interfuse/core';
import { median } from '@interfuse/statistics';

export interface ConstantPrediction {
  /** `training median`, `most frequent class`. */
  readonly name: string;
  /** The label that it predicts. */
  readonly value: number;
  /** Of so many samples, row by row as a model predicts them. */
  repeat(samples: number): Float32Array;
}

export function constantPrediction(task: Task, labels: readonly number[]): ConstantPrediction {
  if (task.kind === 'regression') {
    const value = median(labels);
    return { name: 'training median', value, repeat: (samples) => new Float32Array(samples).fill(value) };
  }
  const counts = task.classes.map((_, index) => labels.filter((label) => label === index).length);
  const value = counts.indexOf(Math.max(...counts));
  const outputs = taskOutputs(task);
  return {
    name: 'most frequent class',
    value,
    repeat: (samples) => Float32Array.from({ length: samples * outputs }, (_, i) => (i % outputs === value ? 1 : 0)),
  };
}
