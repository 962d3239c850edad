/** An ablation as numbers: every point with its mean, its interval over seeds, and its paired difference from another. */
import type { MetricColumn, ReferenceFigure } from '@interfuse/core';
import { mean, standardDeviation, studentQuantile, type Verdict } from '@interfuse/statistics';
import { pairOf } from '../comparison/claims.js';
import type { Comparison, RankedStrategy, Spread } from '../comparison/comparison.js';
import type { Figures } from '../run/result.js';
import { ablationClaims } from './claims.js';
import type { Point } from './points.js';
import type { Question } from './questions.js';

export interface Difference {
  /** Label of the point that it is the difference from. */
  readonly from: string;
  /** Above 0: better, whatever the direction of the metric. */
  readonly mean: number;
  /** 95 %, over seeds and samples; absent for a single seed. */
  readonly interval?: readonly [number, number];
  /** Seeds with which it is better. */
  readonly better: number;
  /** Corrected for all pairs of points. */
  readonly p: number;
  readonly verdict: Verdict;
}

export interface AblationPoint {
  readonly label: string;
  readonly x?: number;
  /** The selected metric on test, in the order of the seeds. */
  readonly perSeed: readonly number[];
  readonly mean: number;
  /** NaN for a single seed. */
  readonly deviation: number;
  /** 95 % interval of the mean over seeds. */
  readonly interval?: readonly [number, number];
  /** On test, by column. */
  readonly figures: { readonly [column: string]: Spread };
  readonly trainedParameters: number;
  readonly stillImproving: number;
  /** Absent for a point that the others are compared with. */
  readonly difference?: Difference;
  readonly runs: readonly string[];
}

/** `ablation-<question>.json`: determined by config and runs alone. */
export interface AblationResult {
  readonly format: 1;
  readonly question: Question;
  /** Of the config. */
  readonly name: string;
  readonly dataset: string;
  readonly seeds: readonly number[];
  /** The selected one first. */
  readonly columns: readonly MetricColumn[];
  readonly points: readonly AblationPoint[];
  readonly constant: { readonly name: string; readonly figures: Figures };
  readonly references: readonly ReferenceFigure[];
  readonly claims: readonly string[];
}

/** @param strategies of the comparison, in the order of the points */
export function ablationOf(
  question: Question,
  points: readonly Point[],
  comparison: Comparison,
  strategies: readonly RankedStrategy[],
): AblationResult {
  const { name, dataset, seeds, columns, constant, references } = comparison;
  const [column] = columns as [MetricColumn];
  return {
    format: 1,
    question,
    name,
    dataset,
    seeds,
    columns,
    points: points.map((point, index) => {
      const own = strategies[index] as RankedStrategy;
      const other = point.against === undefined ? undefined : strategies[point.against];
      const interval = intervalOf(own.perSeed);
      return {
        label: point.label,
        ...(point.x === undefined ? {} : { x: point.x }),
        perSeed: own.perSeed,
        ...(own.figures[column.name] as Spread),
        ...(interval === undefined ? {} : { interval }),
        figures: own.figures,
        trainedParameters: own.trainedParameters,
        stillImproving: own.stillImproving,
        ...(other === undefined ? {} : { difference: differenceOf(comparison, own, other) }),
        runs: own.runs,
      };
    }),
    constant,
    references,
    claims: ablationClaims(points, comparison, strategies),
  };
}

/** 95 % interval of a mean over seeds (Student's t); nothing for one seed, which says nothing about noise. */
function intervalOf(values: readonly number[]): readonly [number, number] | undefined {
  if (values.length < 2) return undefined;
  const centre = mean(values);
  const half = (studentQuantile(0.975, values.length - 1) * standardDeviation(values)) / Math.sqrt(values.length);
  return [centre - half, centre + half];
}

/** As the evidence of the comparison has it, turned so that above 0 is better. */
function differenceOf({ columns, evidence }: Comparison, own: RankedStrategy, other: RankedStrategy): Difference {
  const sign = columns[0]?.better === 'lower' ? -1 : 1;
  const bySeed = own.perSeed.map((figure, seed) => sign * (figure - (other.perSeed[seed] as number)));
  const pair = evidence === undefined ? undefined : pairOf(evidence, own, other);
  const verdict = pair?.verdict ?? 'untested';
  const bounds = pair?.interval.map((bound) => sign * bound).sort((a, b) => a - b) as [number, number] | undefined;
  return {
    from: other.label,
    mean: mean(bySeed),
    ...(bounds === undefined || verdict === 'untested' ? {} : { interval: bounds }),
    better: bySeed.filter((difference) => difference > 0).length,
    p: pair?.holmP ?? Number.NaN,
    verdict,
  };
}
