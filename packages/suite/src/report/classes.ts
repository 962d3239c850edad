/** The classes that labels and predictions are sorted into for a table of confusion: those of the metrics. */
import type { Task } from '@interfuse/core';
import { roundHalfToEven } from '@interfuse/training';
import type { Predictions } from '../run/predictions.js';

export interface Classes {
  readonly names: readonly string[];
  /** What they are, in words. */
  readonly meaning: string;
  /** Position in the list of names. @param values of one sample: the score, or a logit for each class */
  ofPrediction(values: Float32Array): number;
  ofLabel(label: number): number;
}

/** Inner edges of the five classes of CH-SIMS, closed on the right, as its metrics have them. */
const simsEdges = [-0.7, -0.1, 0.1, 0.7].map(Math.fround);
const fifths = 5;

/** @param metrics id of the metric plugin */
export function classesFor(metrics: string, task: Task): Classes {
  if (task.kind === 'classification') return ofLogits(task.classes);
  if (metrics === 'sentiment') {
    return ofScores(
      'Classes of Acc-7: scores rounded, from -3 to 3',
      ['-3', '-2', '-1', '0', '1', '2', '3'],
      (score) => roundHalfToEven(Math.min(Math.max(score, -3), 3)) + 3,
    );
  }
  if (metrics === 'sims') {
    const meaning = 'Classes of Acc-5, from -- (negative) to ++ (positive): scores parted at -0.7, -0.1, 0.1 and 0.7';
    return ofScores(meaning, ['--', '-', '0', '+', '++'], (score) => simsEdges.filter((edge) => score > edge).length);
  }
  const [low, high] = task.range;
  const width = (high - low) / fifths;
  const edges = Array.from({ length: fifths + 1 }, (_, i) => String(Number((low + i * width).toPrecision(3))));
  const names = edges.slice(1).map((edge, i) => `${edges[i]} to ${edge}`);
  return ofScores('Fifths of the range of labels', names, (score) =>
    Math.min(Math.max(Math.floor((score - low) / width), 0), fifths - 1),
  );
}

function ofScores(meaning: string, names: readonly string[], classOf: (score: number) => number): Classes {
  return { names, meaning, ofLabel: classOf, ofPrediction: ([score]) => classOf(score as number) };
}

function ofLogits(names: readonly string[]): Classes {
  return {
    names,
    meaning: 'The classes of the task',
    ofLabel: (label) => label,
    ofPrediction: (logits) => logits.indexOf(Math.max(...logits)),
  };
}

/** Samples by class of the label, then by class of the prediction; over all of these predictions. */
export function confusion(classes: Classes, predictions: readonly Predictions[]): number[][] {
  const counts = classes.names.map(() => classes.names.map(() => 0));
  for (const { labels, values } of predictions) {
    const outputs = values.length / labels.length;
    labels.forEach((label, row) => {
      const counted = counts[classes.ofLabel(label)] as number[];
      const predicted = classes.ofPrediction(values.subarray(row * outputs, (row + 1) * outputs));
      counted[predicted] = (counted[predicted] as number) + 1;
    });
  }
  return counts;
}
