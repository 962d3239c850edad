/** How much worse the additive part of a run does than the run itself, with an interval over groups of samples. */
import type { MetricColumn, MetricFamily } from '@interfuse/core';
import { crossedBootstrap, mean, meanIntervals, numberGroups } from '@interfuse/statistics';
import { sampleErrors } from '../comparison/evidence.js';
import type { Predictions } from '../run/predictions.js';
import type { EmapDifference } from './emap.js';

export interface EmapPredictions {
  /** Of the run, for the labelled samples. */
  readonly predictions: Predictions;
  /** Of the projection, [samples x outputs]: of all pairings first, then of their halves, where there is noise to take away. */
  readonly fitted: readonly Float32Array[];
  /** Of `noiseWeight`. */
  readonly weight: number;
  readonly metrics: MetricFamily;
  readonly column: MetricColumn;
}

/**
 * For a metric that is a mean over samples from the paired errors, by Student's t over groups; by a bootstrap over groups
 * for others.
 */
export function emapDifference(found: EmapPredictions): EmapDifference {
  const groups = numberGroups(found.predictions.groups);
  const { value, interval } = found.column.perSample ? byErrors(found, groups) : byBootstrap(found, groups);
  return { column: found.column.name, value, interval, groups: new Set(groups).size };
}

type Weighed = Pick<EmapDifference, 'value' | 'interval'>;

function byErrors(
  { predictions, fitted, weight, metrics, column }: EmapPredictions,
  groups: readonly number[],
): Weighed {
  const { labels } = predictions;
  const own = sampleErrors(predictions, metrics, column);
  const projected = fitted.map((values) => sampleErrors({ labels, values }, metrics, column));
  const differences = own.map(
    (error, row) =>
      withoutNoise(
        weight,
        projected.map((errors) => errors[row] as number),
      ) - error,
  );
  const [interval] = meanIntervals({ groups, strategies: [{ name: column.name, errors: [differences] }] });
  // Errors are of those of which less is better.
  const sign = column.better === 'lower' ? 1 : -1;
  const [low, high] = interval as readonly [number, number];
  return { value: sign * mean(differences), interval: sign === 1 ? [low, high] : [-high, -low] };
}

function byBootstrap(
  { predictions, fitted, weight, metrics, column }: EmapPredictions,
  groups: readonly number[],
): Weighed {
  const { labels, values } = predictions;
  const { name } = column;
  const outputs = values.length / labels.length;
  // Halves stand beside the whole, so that all are resampled alike.
  const beside = Float32Array.from({ length: values.length * fitted.length }, (_, i) => {
    const width = outputs * fitted.length;
    const [row, part, output] = [Math.floor(i / width), Math.floor((i % width) / outputs), i % outputs];
    return fitted[part]?.[row * outputs + output] as number;
  });
  const data = {
    labels,
    groups,
    strategies: [
      { name: 'projection', predictions: [beside] },
      { name: 'model', predictions: [values] },
    ],
  };
  const figures = (drawn: Float32Array, drawnLabels: Float32Array) => {
    const parts = drawn.length / drawnLabels.length / outputs;
    const each = Array.from({ length: parts }, (_, part) => {
      const own = Float32Array.from({ length: drawnLabels.length * outputs }, (_, i) => {
        const row = Math.floor(i / outputs);
        return drawn[(row * parts + part) * outputs + (i % outputs)] as number;
      });
      return metrics.compute(own, drawnLabels)[name] ?? Number.NaN;
    });
    return { [name]: withoutNoise(weight, each) };
  };
  const [found] = crossedBootstrap(data, [name], figures)[name]?.differences ?? [];
  return { value: found?.value ?? Number.NaN, interval: found?.interval ?? [Number.NaN, Number.NaN] };
}

/** @param figures of the whole, and then of its halves, if there is noise */
export function withoutNoise(weight: number, [whole, ...parts]: readonly number[]): number {
  if (whole === undefined) return Number.NaN;
  return parts.length === 0 ? whole : whole + weight * (whole - mean(parts));
}
