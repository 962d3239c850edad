/** The comparison: results of strategies x language models x seeds, ranked by the selected metric on test. */
import type { MetricColumn, MetricFamily, ReferenceFigure } from '@interfuse/core';
import { mean, standardDeviation } from '@interfuse/statistics';
import { firstEmap, type SeededEmap } from '../emap/cross-modal.js';
import type { Emap } from '../emap/emap.js';
import type { ParameterCounts } from '../experiment/parameter-counts.js';
import { type Inside, insideOf } from '../introspection/inside.js';
import type { Introspection } from '../introspection/introspection.js';
import type { FlopCounts } from '../run/flop-counts.js';
import type { MissingMatrix } from '../run/missing-matrix.js';
import type { Predictions } from '../run/predictions.js';
import type { Figures, RunCost, RunResult } from '../run/result.js';
import type { Budget } from './budget.js';
import { type Evidence, weighEvidence } from './evidence.js';
import { type FixedPatterns, fixedPatternsOf } from './fixed-patterns.js';
import { nameOf } from './name-of.js';
import type { PlanSummary } from './plan-claims.js';
import { rankingColumn } from './ranking-column.js';
import type { StageSummary } from './stages.js';
import type { StrategyTraits } from './traits.js';

/** The finished runs of one strategy with one language model, in the order of the seeds. */
export interface StrategyRuns extends StrategyTraits {
  readonly label: string;
  /** Label of its language model, if several are compared and it uses one. */
  readonly backbone?: string;
  readonly results: readonly RunResult[];
  /** On test. */
  readonly predictions: readonly Predictions[];
  readonly costs: readonly RunCost[];
  readonly budget?: Budget;
  /** Of the runs that have looked inside themselves. */
  readonly introspections?: readonly Introspection[];
  /** Of the runs that were asked what they predict with modalities missing. */
  readonly missing?: readonly MissingMatrix[];
  /** Of the runs that were asked whether their gain is cross-modal. */
  readonly emaps?: readonly Emap[];
}

export interface Spread {
  readonly mean: number;
  /** NaN for a single seed. */
  readonly deviation: number;
}

export interface RankedStrategy extends StrategyTraits {
  readonly rank: number;
  readonly label: string;
  /** Label of its language model, if several are compared and it uses one. */
  readonly backbone?: string;
  /** On test, by column. */
  readonly figures: { readonly [column: string]: Spread };
  /** The selected metric on test, in the order of the seeds. */
  readonly perSeed: readonly number[];
  readonly trainedParameters: number;
  /** Absent where its runs have none. */
  readonly flops?: FlopCounts;
  /** Those of the language model among the parameters, if it has one. */
  readonly languageModel?: ParameterCounts['languageModel'];
  /** The selected metric on the test samples with a tag. */
  readonly byTag: { readonly [tag: string]: Spread };
  /** Mean time of a run. */
  readonly seconds: number;
  readonly runs: readonly string[];
  readonly budget?: Budget;
  /** How many runs did best on validation in the last epoch that they were given. */
  readonly stillImproving: number;
  /** What its runs do inside; absent if they show nothing. */
  readonly inside?: Inside;
  /** Absent if none of its runs was asked. */
  readonly missing?: FixedPatterns;
  /** Of the first seed that was asked. */
  readonly emap?: SeededEmap;
  /** Of the way from the constant prediction to the best that is possible, by the selected metric; where that is known. */
  readonly shareOfPossible?: number;
}

export interface Comparison {
  readonly name: string;
  readonly dataset: string;
  readonly seeds: readonly number[];
  /** The selected one first. */
  readonly columns: readonly MetricColumn[];
  readonly strategies: readonly RankedStrategy[];
  /** The prediction that looks at nothing, on test. */
  readonly constant: { readonly name: string; readonly figures: Figures };
  /** Tags of test samples, with the number of samples; the same in every run. */
  readonly tags: { readonly [tag: string]: number };
  /** Those of the dataset that are about the selected metric. */
  readonly references: readonly ReferenceFigure[];
  /** The best of the references. */
  readonly best?: ReferenceFigure;
  /** Labels of the language models, if several are compared. */
  readonly backbones?: readonly string[];
  /** By the order of the ranking; absent for a single strategy. */
  readonly evidence?: Evidence;
  /** What came before, if anything did. */
  readonly stages?: readonly StageSummary[];
  /** Trials of a search before it, of every strategy; absent if there was none. */
  readonly trials?: number;
  /** Absent where the runs came from elsewhere. */
  readonly plan?: PlanSummary;
  /** What selected the epochs, if not the first column. */
  readonly selectedBy?: string;
}

export interface ComparisonSettings {
  readonly name: string;
  readonly dataset: string;
  readonly seeds: readonly number[];
  readonly metrics: MetricFamily;
  readonly select: string;
  /** Differences of the selected metric that are smaller do not matter. */
  readonly margin?: number;
  readonly references: readonly ReferenceFigure[];
  /** Labels of the language models; default: there are not several. */
  readonly backbones?: readonly string[];
  readonly stages?: readonly StageSummary[];
  readonly plan?: PlanSummary;
  readonly trials?: number;
}

/** At least one strategy, each with one result for every seed. */
export function compareStrategies(settings: ComparisonSettings, strategies: readonly StrategyRuns[]): Comparison {
  const { name, dataset, seeds, references, backbones = [], stages = [], metrics, margin } = settings;
  const ranking = rankingColumn(metrics.columns, settings.select);
  const select = ranking.name;
  const columns = [ranking, ...metrics.columns.filter((column) => column !== ranking)];
  const sign = columns[0]?.better === 'higher' ? -1 : 1;
  const order = (one: Omit<RankedStrategy, 'rank'>) => {
    const figure = one.figures[select]?.mean ?? Number.NaN;
    return Number.isNaN(figure) ? Number.POSITIVE_INFINITY : sign * figure;
  };
  // The same in every run: it depends on the data alone.
  const [{ constant, byTag = {} }] = strategies.flatMap(({ results }) => results) as [RunResult];
  const known = references.filter(({ metric }) => metric === select);
  const best = [...known].sort((one, other) => sign * (one.value - other.value))[0];
  const shareOf = (figure: number) => {
    const bar = constant.test[select] ?? Number.NaN;
    const share = best === undefined ? Number.NaN : (figure - bar) / (best.value - bar);
    return Number.isFinite(share) ? { shareOfPossible: share } : {};
  };
  const ordered = strategies
    .map((runs) => ({ runs, summary: summarise(runs, columns, select) }))
    .sort((one, other) => order(one.summary) - order(other.summary) || 0);
  const ranked = ordered.map(({ summary }, index) => ({
    rank: index + 1,
    ...summary,
    ...shareOf(summary.figures[select]?.mean ?? Number.NaN),
  }));
  const weighed = ordered.map(({ runs }) => ({ name: nameOf(runs), predictions: runs.predictions }));
  const evidence =
    ordered.length < 2 || columns[0] === undefined
      ? undefined
      : weighEvidence(weighed, { metrics, column: columns[0], ...(margin === undefined ? {} : { margin }) });
  return {
    name,
    dataset,
    seeds,
    columns,
    strategies: ranked,
    constant: { name: constant.name, figures: constant.test },
    tags: Object.fromEntries(Object.entries(byTag).map(([tag, { samples }]) => [tag, samples])),
    references: known,
    ...(best === undefined ? {} : { best }),
    ...(backbones.length === 0 ? {} : { backbones }),
    ...(evidence === undefined ? {} : { evidence }),
    ...(stages.length === 0 ? {} : { stages }),
    ...(settings.trials === undefined ? {} : { trials: settings.trials }),
    ...(settings.plan === undefined ? {} : { plan: settings.plan }),
    ...(settings.select === select ? {} : { selectedBy: settings.select }),
  };
}

function summarise(
  {
    label,
    backbone,
    category,
    modality,
    adapted,
    results,
    costs,
    budget,
    introspections = [],
    missing = [],
    emaps = [],
  }: StrategyRuns,
  columns: readonly MetricColumn[],
  select: string,
): Omit<RankedStrategy, 'rank'> {
  const of = (column: string) => results.map(({ test }) => test[column] ?? Number.NaN);
  const tagged = (tag: string) => results.map(({ byTag }) => byTag?.[tag]?.figures[select] ?? Number.NaN);
  const tags = Object.keys(results[0]?.byTag ?? {});
  const languageModel = results[0]?.parameters.languageModel;
  const flops = results[0]?.flops;
  const inside = columns[0] && insideOf(introspections, columns[0]);
  const fixedPatterns = fixedPatternsOf(results, missing);
  const emap = firstEmap(results, emaps);
  return {
    label,
    ...(backbone === undefined ? {} : { backbone }),
    category,
    ...(modality === undefined ? {} : { modality }),
    adapted,
    figures: Object.fromEntries(
      columns.map(({ name }) => [name, { mean: mean(of(name)), deviation: standardDeviation(of(name)) }]),
    ),
    perSeed: of(select),
    byTag: Object.fromEntries(
      tags.map((tag) => [tag, { mean: mean(tagged(tag)), deviation: standardDeviation(tagged(tag)) }]),
    ),
    trainedParameters: results[0]?.parameters.trained ?? Number.NaN,
    ...(flops === undefined ? {} : { flops }),
    ...(languageModel === undefined ? {} : { languageModel }),
    seconds: mean(costs.map((cost) => cost.preparationSeconds + cost.trainingSeconds + cost.evaluationSeconds)),
    runs: results.map(({ run }) => run),
    ...(budget === undefined ? {} : { budget }),
    ...(inside === undefined ? {} : { inside }),
    ...(fixedPatterns === undefined ? {} : { missing: fixedPatterns }),
    ...(emap === undefined ? {} : { emap }),
    // A run that early stopping ended has epochs after its best.
    stillImproving: results.filter(({ selected, epochs }) => selected.epoch === epochs - 1).length,
  };
}
