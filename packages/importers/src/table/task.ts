/** What is to be predicted where nobody says it all: the range of scores, the number of classes; and labels that do not fit. */
import type { Task } from '@interfuse/core';
import { invalidImport } from '../arrays/stored-array.js';
import type { ImportOptions } from './options.js';
import { rangeOf } from './range.js';

type Labels = readonly (Float64Array | undefined)[];

export function scoreTask(scores: Labels, { range }: ImportOptions): Task {
  return { kind: 'regression', range: range ?? rangeOf(scores) };
}

/** Of more classes than this somebody has to give the names: what looks like an index may be none. */
const mostClasses = 1000;

/** As many classes as the highest index asks for, two at least. */
export function classTask(indices: Labels, { classes }: ImportOptions): Task {
  let most = 1;
  for (const index of indices.flatMap((values) => [...(values ?? [])])) {
    if (Number.isInteger(index) && index < mostClasses) most = Math.max(most, index);
  }
  return { kind: 'classification', classes: classes ?? Array.from({ length: most + 1 }, (_, i) => `class ${i}`) };
}

/** @throws IMPORT_INVALID for the first label that is no score within the range, or no index of a class */
export function checkLabels(task: Task, labels: Float64Array, placeOf: (at: number) => string): void {
  const wrong = labels.findIndex((value) =>
    task.kind === 'regression'
      ? !(value >= task.range[0] && value <= task.range[1])
      : !Number.isInteger(value) || value < 0 || value >= task.classes.length,
  );
  if (wrong === -1) return;
  throw invalidImport(
    placeOf(wrong),
    task.kind === 'regression'
      ? `a score within ${task.range.join(' to ')}`
      : `a class from 0 to ${task.classes.length - 1}`,
    String(labels[wrong]),
    task.kind === 'regression'
      ? 'Name the range of the labels with --range lowest,highest.'
      : 'Classes are told by their index, from 0: name all of them with --classes.',
  );
}
