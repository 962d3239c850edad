/** Metrics: a family of figures computed from predictions and labels, in the field's definitions to the digit. */
import type { Task } from './model.js';

export interface MetricColumn {
  /** As printed and as named in `evaluation.select`: `MAE`, `Acc-7`. */
  readonly name: string;
  readonly better: 'lower' | 'higher';
  /** Percent figures are printed times 100. */
  readonly percent?: boolean;
  /** Whether the figure of many samples is the mean of what it is for each alone, as an error or an accuracy is. */
  readonly perSample?: true;
  readonly describe: string;
}

/**
 * What `evaluation.select: loss` names beside the columns of the metrics: the loss of the task on validation, auxiliary
 * losses left out, as the mean over batches of their means.
 */
export const lossColumn: MetricColumn = {
  name: 'loss',
  better: 'lower',
  describe: 'Loss of the task, mean of batch means',
};

export interface MetricFamily {
  readonly columns: readonly MetricColumn[];
  /** Predictions and labels, one per sample and in the same order; classification passes [N, classes] logits row by row. */
  compute(predictions: Float32Array, labels: Float32Array): Record<string, number>;
}

export interface MetricHost {
  readonly task: Task;
}
