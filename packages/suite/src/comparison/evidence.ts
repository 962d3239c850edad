/**
 * How much the differences of a comparison can be trusted: every pair of strategies weighed by its predictions for every
 * sample under every seed.
 */
import { InterfuseError, type MetricColumn, type MetricFamily } from '@interfuse/core';
import {
  type CrossedErrors,
  comparePairs,
  crossedBootstrap,
  detectableDifference,
  holm,
  type NeededSize,
  neededSize,
  normalProbability,
  numberGroups,
  type PairComparison,
  type PairNoise,
  probabilityOfBest,
  type VarianceComponents,
  type Verdict,
  varianceComponentsOf,
} from '@interfuse/statistics';
import type { Predictions } from '../run/predictions.js';

export interface PredictedStrategy {
  readonly name: string;
  /** On test, by seed. */
  readonly predictions: readonly Predictions[];
}

export interface EvidenceSettings {
  readonly metrics: MetricFamily;
  /** The primary metric. */
  readonly column: MetricColumn;
  /** Differences smaller than this do not matter; in the unit of the metric. */
  readonly margin?: number;
}

export interface PairEvidence {
  /** Positions of the strategies. */
  readonly one: number;
  readonly other: number;
  /** Figure of the one minus that of the other. */
  readonly difference: number;
  /** 95 %, for this pair alone. */
  readonly interval: readonly [number, number];
  readonly p: number;
  readonly holmP: number;
  readonly equivalenceP?: number;
  readonly verdict: Verdict;
  /** What it would take to find a difference of this size, where it was not found. */
  readonly needed?: NeededSize;
}

export interface Evidence {
  /** For a metric that is a mean over samples the t test of crossed errors; a bootstrap for the others. */
  readonly method: 'crossed t test' | 'crossed bootstrap';
  readonly column: string;
  readonly margin?: number;
  readonly groups: number;
  readonly samples: number;
  readonly pairs: readonly PairEvidence[];
  /** Of each strategy, to be the best; absent for the bootstrap. */
  readonly probabilityOfBest?: readonly number[];
  readonly components?: VarianceComponents;
  /** The smallest difference that a comparison of this size finds four times in five: the mean over all pairs. */
  readonly detectable?: number;
}

/** @throws RUN_INVALID if runs were tested on different samples */
export function weighEvidence(
  strategies: readonly PredictedStrategy[],
  { metrics, column, margin }: EvidenceSettings,
): Evidence {
  const [first] = strategies.flatMap(({ predictions }) => predictions) as [Predictions];
  requireSameSamples(strategies, first);
  const groups = numberGroups(first.groups);
  const size = { column: column.name, groups: new Set(groups).size, samples: groups.length };
  const declared = margin === undefined ? {} : { margin };
  return column.perSample
    ? {
        method: 'crossed t test',
        ...size,
        ...declared,
        ...byTest(strategies, groups, { metrics, column, ...declared }),
      }
    : { method: 'crossed bootstrap', ...size, pairs: byBootstrap(strategies, groups, metrics, column) };
}

/** The errors of every sample under every seed, for a metric that is a mean over samples. */
export function crossedErrors(
  strategies: readonly PredictedStrategy[],
  groups: readonly number[],
  metrics: MetricFamily,
  column: MetricColumn,
): CrossedErrors {
  return {
    groups,
    strategies: strategies.map(({ name, predictions }) => ({
      name,
      errors: predictions.map((own) => sampleErrors(own, metrics, column)),
    })),
  };
}

/** Errors of single samples, of which less is better. */
export function sampleErrors(
  { labels, values }: Pick<Predictions, 'labels' | 'values'>,
  metrics: MetricFamily,
  column: MetricColumn,
): number[] {
  const outputs = values.length / labels.length;
  const sign = column.better === 'lower' ? 1 : -1;
  return Array.from(labels, (label, row) => {
    const own = values.subarray(row * outputs, (row + 1) * outputs);
    return sign * (metrics.compute(own, Float32Array.of(label))[column.name] ?? Number.NaN);
  });
}

function byTest(strategies: readonly PredictedStrategy[], groups: readonly number[], settings: EvidenceSettings) {
  const { metrics, column, margin } = settings;
  const errors = crossedErrors(strategies, groups, metrics, column);
  const compared = comparePairs(errors, margin === undefined ? {} : { margin });
  const size = { seeds: strategies[0]?.predictions.length ?? 0, groups: new Set(groups).size };
  const power = { pairs: compared.length };
  const noises = compared.map((pair) => noiseOf(pair, size, strategies.length));
  const detectable = noises.map((noise) => detectableDifference(noise, size, power));
  const positions = pairsOf(strategies.length);
  const sign = column.better === 'lower' ? 1 : -1;
  return {
    pairs: compared.map((pair, index): PairEvidence => {
      const { difference, interval, p, holmP, equivalenceP, verdict } = pair;
      const ends = [sign * interval[0], sign * interval[1]] as const;
      return {
        ...(positions[index] as { one: number; other: number }),
        difference: sign * difference,
        interval: [Math.min(...ends), Math.max(...ends)],
        p,
        holmP,
        ...(equivalenceP === undefined ? {} : { equivalenceP }),
        verdict,
        ...(verdict === 'undecided' && difference !== 0
          ? { needed: neededSize(noises[index] as PairNoise, difference, size, power) }
          : {}),
      };
    }),
    probabilityOfBest: probabilityOfBest(errors),
    components: varianceComponentsOf(errors),
    detectable: detectable.reduce((sum, value) => sum + value, 0) / detectable.length,
  };
}

function noiseOf({ parts }: PairComparison, size: { seeds: number; groups: number }, strategies: number): PairNoise {
  return {
    seedVariance: ((parts.seeds[0] + parts.seeds[1]) * size.seeds) / 2,
    pooledStrategies: strategies,
    groupVariance: parts.items * size.groups,
  };
}

function byBootstrap(
  strategies: readonly PredictedStrategy[],
  groups: readonly number[],
  metrics: MetricFamily,
  { name }: MetricColumn,
): PairEvidence[] {
  const [first] = strategies.flatMap(({ predictions }) => predictions) as [Predictions];
  const data = {
    labels: first.labels,
    groups,
    strategies: strategies.map((strategy) => ({
      name: strategy.name,
      predictions: strategy.predictions.map(({ values }) => values),
    })),
  };
  const found = crossedBootstrap(data, [name], (predictions, labels) => metrics.compute(predictions, labels))[name];
  const differences = found?.differences ?? [];
  const isTested = strategies.every(({ predictions }) => predictions.length > 1);
  const values = differences.map(({ value, standardError }) =>
    isTested ? 2 * normalProbability(-Math.abs(value / standardError)) : Number.NaN,
  );
  const corrected = holm(values);
  const positions = pairsOf(strategies.length);
  return differences.map(({ value, interval }, index) => {
    const holmP = corrected[index] as number;
    const decided: Verdict = holmP < 0.05 ? 'different' : 'undecided';
    return {
      ...(positions[index] as { one: number; other: number }),
      difference: value,
      interval,
      p: values[index] as number,
      holmP,
      verdict: Number.isNaN(holmP) ? 'untested' : decided,
    };
  });
}

/** In the order in which the statistics compare them: first with second, first with third, ... */
function pairsOf(count: number): { one: number; other: number }[] {
  return Array.from({ length: count }, (_, one) => one).flatMap((one) =>
    Array.from({ length: count - one - 1 }, (_, offset) => ({ one, other: one + 1 + offset })),
  );
}

function requireSameSamples(strategies: readonly PredictedStrategy[], first: Predictions): void {
  for (const { name, predictions } of strategies) {
    for (const own of predictions) {
      const at = first.ids.findIndex((id, row) => own.ids[row] !== id || own.labels[row] !== first.labels[row]);
      if (at === -1 && own.ids.length === first.ids.length) continue;
      throw new InterfuseError('RUN_INVALID', {
        place: `predictions of ${name}`,
        expected: `the same samples and labels as the others: ${first.ids.length}, ${first.ids[at] ?? first.ids[0]} among them`,
        got: `${own.ids.length} samples, ${own.ids[at] ?? 'none'} in its place`,
        remedy: 'Compare runs that were tested on the same split of the same dataset.',
      });
    }
  }
}
