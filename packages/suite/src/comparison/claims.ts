/** What a comparison shows, in words, and whether the seeds suffice to say it. */
import type { MetricColumn } from '@interfuse/core';
import { mean as meanOf, pairedDifference } from '../statistics.js';
import type { Comparison, RankedStrategy } from './comparison.js';
import { formatFigure } from './format.js';

/** One sentence or two for each question that the comparison is asked. */
export function claims(comparison: Comparison): string[] {
  return [
    ...questionsOfBackbones(comparison),
    againstConstant(comparison),
    ...againstBest(comparison),
    ...(comparison.seeds.length < 5 ? [caution(comparison.seeds.length)] : []),
  ];
}

/** `late`; `late with gpt2`, where several language models are compared. */
export function nameOf({ label, backbone }: Pick<RankedStrategy, 'label' | 'backbone'>): string {
  return backbone === undefined ? label : `${label} with ${backbone}`;
}

/** Like is compared with like: strategies on the same language model, then the same strategy on the others. */
function questionsOfBackbones(comparison: Comparison): string[] {
  const { strategies, backbones } = comparison;
  if (backbones === undefined) return betweenStrategies(comparison, strategies);
  const onSame = backbones.flatMap((name) => {
    const own = strategies.filter(({ backbone }) => backbone === undefined || backbone === name);
    return betweenStrategies(comparison, own).map((sentence) => `On ${name}: ${sentence}`);
  });
  const first = strategies.find(({ backbone }) => backbone !== undefined);
  const elsewhere = strategies.filter((other) => other !== first && other.label === first?.label);
  const between = elsewhere.map((other) => firstAgainstOther(comparison, first as RankedStrategy, other));
  return [...onSame, ...between.map((sentence) => `Between language models: ${sentence}`)];
}

function betweenStrategies(comparison: Comparison, strategies: readonly RankedStrategy[]): string[] {
  const [fusion, ...otherFusions] = strategies.filter(({ category }) => category !== 'none');
  const single = strategies.find(({ category }) => category === 'none');
  return [
    ...(fusion && single ? [fusionAgainstSingle(comparison, fusion, single)] : []),
    ...(fusion ? otherFusions.map((other) => firstAgainstOther(comparison, fusion, other)) : []),
  ];
}

function fusionAgainstSingle(comparison: Comparison, fusion: RankedStrategy, single: RankedStrategy): string {
  const isAhead = fusion.rank < single.rank;
  const says = isAhead ? 'Fusion is ahead' : 'Fusion is not ahead';
  return `${says}: the best strategy, ${nameOf(fusion)}, against the best single modality, ${nameOf(single)}: ${weigh(comparison, fusion, single)}`;
}

function firstAgainstOther(comparison: Comparison, first: RankedStrategy, other: RankedStrategy): string {
  return `${nameOf(first)} against ${nameOf(other)}: ${weigh(comparison, first, other)}`;
}

/** Paired by seed: both had the same split, the same order of the data and the same start of what they share. */
function weigh({ columns, seeds }: Comparison, one: RankedStrategy, other: RankedStrategy): string {
  const column = columns[0] as MetricColumn;
  const sign = column.better === 'lower' ? -1 : 1;
  const oriented = (strategy: RankedStrategy) => strategy.perSeed.map((figure) => sign * figure);
  const { differences, mean, interval, distinguishable } = pairedDifference(oriented(one), oriented(other));
  const show = (value: number) => formatFigure(value, column);
  const signed = (value: number) => `${value < 0 ? '-' : '+'}${show(Math.abs(value))}`;
  const wins = differences.filter((difference) => difference > 0).length;
  const figures = `${column.name} ${show(sign * meanOf(oriented(one)))} against ${show(sign * meanOf(oriented(other)))}, better by ${signed(mean)}`;
  if (interval === undefined) return `${figures} with one seed.`;
  const bounds = `95 % interval ${signed(interval[0])} to ${signed(interval[1])}, better with ${wins} of ${seeds.length} seeds`;
  return `${figures} (${bounds}): ${distinguishable ? 'distinguishable.' : 'not distinguishable from the noise of the seeds.'}`;
}

function againstConstant({ columns, strategies, constant }: Comparison): string {
  const column = columns[0] as MetricColumn;
  const bar = constant.figures[column.name] ?? Number.NaN;
  const beats = (figure: number) => (column.better === 'lower' ? figure < bar : figure > bar);
  const behind = strategies.filter(({ figures }) => !beats(figures[column.name]?.mean ?? Number.NaN));
  const what = `the ${constant.name} (${column.name} ${formatFigure(bar, column)})`;
  if (behind.length === 0) return `Every strategy beats predicting ${what}.`;
  return `Not better than predicting ${what}: ${behind.map(nameOf).join(', ')}.`;
}

/**
 * How much of what is possible each strategy reaches, where the makers of the dataset know it; and each single modality,
 * of what that modality allows.
 */
function againstBest({ columns, strategies, constant, references, best }: Comparison): string[] {
  const column = columns[0] as MetricColumn;
  const reached = strategies.flatMap((strategy) =>
    strategy.shareOfPossible === undefined
      ? []
      : [`${nameOf(strategy)} ${Math.round(100 * strategy.shareOfPossible)} %`],
  );
  if (best === undefined || reached.length === 0) return [];
  const show = (figure: number) => formatFigure(figure, column);
  const bar = constant.figures[column.name] ?? Number.NaN;
  const way = `${column.name} from ${show(bar)}, the ${constant.name}, to ${show(best.value)}, ${best.name}`;
  const alone = strategies.flatMap((strategy) => {
    const { modality, figures } = strategy;
    const reference = references.find(({ name }) => name === modality);
    const figure = figures[column.name]?.mean ?? Number.NaN;
    return reference === undefined
      ? []
      : [`${nameOf(strategy)} ${show(figure)} where ${show(reference.value)} is possible`];
  });
  return [
    `Of the best possible (${way}): ${reached.join(', ')}.`,
    ...(alone.length === 0 ? [] : [`Alone: ${alone.join(', ')}.`]),
  ];
}

function caution(seeds: number): string {
  if (seeds === 1) return 'One seed: no difference here can be told from noise. Run several (seeds=1,2,3).';
  return `${seeds} seeds on one split: intervals (Student's t) are wide, are about seeds only, and are not corrected for several comparisons.`;
}
