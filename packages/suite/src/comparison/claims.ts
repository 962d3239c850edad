/** What a comparison shows, in words, and whether the seeds suffice to say it. */
import type { MetricColumn } from '@interfuse/core';
import type { NeededSize } from '@interfuse/statistics';
import { budgetClaims } from './budget.js';
import type { Comparison, RankedStrategy } from './comparison.js';
import type { Evidence, PairEvidence } from './evidence.js';
import { formatFigure, formatP, formatSigned } from './format.js';
import { nameOf } from './name-of.js';
import { planClaims } from './plan-claims.js';

/** One sentence or two for each question that the comparison is asked. */
export function claims(comparison: Comparison): string[] {
  return [
    ...questionsOfBackbones(comparison),
    againstConstant(comparison),
    ...againstBest(comparison),
    ...whatItCanShow(comparison),
    ...budgetClaims(comparison.strategies),
    ...planClaims(comparison.plan),
  ];
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

/** How the one fares against the other, as the evidence has it. */
export function weigh(comparison: Comparison, one: RankedStrategy, other: RankedStrategy): string {
  const { columns, evidence } = comparison;
  const column = columns[0] as MetricColumn;
  const show = (value: number) => formatFigure(value, column);
  const figure = ({ figures }: RankedStrategy) => figures[column.name]?.mean ?? Number.NaN;
  const figures = `${column.name} ${show(figure(one))} against ${show(figure(other))}`;
  const pair = evidence === undefined ? undefined : pairOf(evidence, one, other);
  if (evidence === undefined || pair === undefined) return `${figures}.`;
  const better = (difference: number) => (column.better === 'lower' ? -difference : difference);
  const signed = (value: number) => formatSigned(value, column);
  const gain = `better by ${signed(better(pair.difference))}`;
  if (pair.verdict === 'untested') return `${figures}, ${gain}: with one seed nothing tells this from noise.`;
  const [low, high] = pair.interval.map(better).sort((a, b) => a - b) as [number, number];
  const numbers = `${figures}, ${gain} (95 % interval ${signed(low)} to ${signed(high)}; p ${formatP(pair.holmP)} after Holm)`;
  return `${numbers}: ${verdictOf(pair, evidence, comparison.seeds.length)}${likeWithLike(one, other)}`;
}

/** The pair turned so that the first is the one. */
export function pairOf(evidence: Evidence, one: RankedStrategy, other: RankedStrategy): PairEvidence | undefined {
  const [first, second] = [one.rank - 1, other.rank - 1];
  const pair = evidence.pairs.find(
    (each) => Math.min(first, second) === each.one && Math.max(first, second) === each.other,
  );
  if (pair === undefined || pair.one === first) return pair;
  const { difference, interval } = pair;
  return { ...pair, one: first, other: second, difference: -difference, interval: [-interval[1], -interval[0]] };
}

function verdictOf({ verdict, needed }: PairEvidence, { margin }: Evidence, seeds: number): string {
  if (verdict === 'different') return 'different.';
  if (verdict === 'equivalent') return `equivalent within the declared margin of ${margin}.`;
  const more = needed === undefined ? '' : ` ${whatItTakes(needed)}`;
  return `cannot be told apart with ${seeds} seeds and these samples.${more}`;
}

/** More seeds than this are nobody's plan. */
const mostSeeds = 1000;

function whatItTakes({ seeds, groups, both }: NeededSize): string {
  const ways = [
    ...(seeds <= mostSeeds ? [`${seeds} seeds`] : []),
    ...(Number.isFinite(groups) ? [`${groups} groups of samples`] : []),
    ...(both.seeds < Math.min(seeds, mostSeeds) ? [`${both.seeds} seeds and ${both.groups} groups`] : []),
  ];
  if (ways.length === 0) return 'To find a difference of this size would take more than a thousand seeds.';
  return `To find a difference of this size: ${ways.join(', or ')}.`;
}

function likeWithLike(one: RankedStrategy, other: RankedStrategy): string {
  // A stream alone has no language model that could be adapted.
  const hasNone = ({ modality }: RankedStrategy) => modality !== undefined && modality !== 'text';
  if (one.adapted === other.adapted || hasNone(one) || hasNone(other)) return '';
  const adapted = one.adapted ? one : other;
  return ` Not like with like: only ${nameOf(adapted)} adapts its language model to the task.`;
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

/** The size of the comparison, and the smallest difference that it would find. */
export function whatItCanShow({ columns, seeds, evidence }: Comparison): string[] {
  if (seeds.length === 1) return ['One seed: no difference here can be told from noise. Run several (seeds=1,2,3).'];
  if (evidence === undefined) return [];
  const { method, groups, samples, pairs, detectable } = evidence;
  const items = groups === samples ? `${samples} samples` : `${samples} samples in ${groups} groups`;
  const test = `${pairs.length} ${pairs.length === 1 ? 'pair' : 'pairs'}, ${method}, Holm's correction over all of them; ${columns[0]?.name} is the primary metric, all others are exploratory`;
  const reach =
    detectable === undefined || Number.isNaN(detectable)
      ? ''
      : ` The smallest difference that it finds four times in five is ${formatFigure(detectable, columns[0] as MetricColumn)}.`;
  return [`This comparison: ${seeds.length} seeds, ${items}, ${test}.${reach}`];
}
