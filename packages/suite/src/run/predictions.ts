/** `predictions.csv`: what a run predicts for each sample of validation and test. */
import type { Split, Task } from '@interfuse/core';

export interface SplitPredictions {
  readonly split: Split;
  /** [samples x outputs]. */
  readonly values: Float32Array;
}

export function predictionsCsv(task: Task, parts: readonly SplitPredictions[]): string {
  const outputs = task.kind === 'regression' ? ['prediction'] : task.classes.map((name) => `logit ${name}`);
  const header = ['split', 'id', 'label', ...outputs];
  const rows = parts.flatMap(({ split, values }) =>
    split.samples.map(({ id, labels }, row) => {
      const predicted = values.subarray(row * outputs.length, (row + 1) * outputs.length);
      return [split.name, id, labels.task ?? '', ...Array.from(predicted, shortest)];
    }),
  );
  return [header, ...rows].map((row) => `${row.map(cell).join(',')}\n`).join('');
}

/** Nine digits give back every float32. */
function shortest(value: number): number {
  return Number(value.toPrecision(9));
}

function cell(value: string | number): string {
  const text = String(value);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
