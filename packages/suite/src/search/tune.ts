/** Tunes candidates one after another: the same number of trials for each, the best of which are chosen on validation. */
import { InterfuseError, type MetricColumn, type Search } from '@interfuse/core';
import { nameOf } from '../comparison/name-of.js';
import type { RunPlan } from '../experiment/plan.js';
import { type Candidate, planCandidates } from './candidates.js';
import { appliesTo } from './check-space.js';
import { executeTrials, type TrialExecution } from './execute-trials.js';
import { kept, type Point, pointsOf, roundsOf } from './space.js';
import { figureOf, planTrials, type Searching, type Trial, type TrialFigure } from './trials.js';

export interface Judged extends TrialFigure {
  readonly trial: Trial;
}

/** A candidate that has been tuned. */
export interface Tuned {
  readonly candidate: Candidate;
  /** Points that were tried. */
  readonly trials: number;
  /** Of all rounds, in order. */
  readonly judged: readonly Judged[];
  readonly best: Judged;
  readonly worst: Judged;
}

export interface Tuning {
  readonly tuned: readonly Tuned[];
  /** What they were judged by, if the metrics have it: `loss` is no metric. */
  readonly column?: MetricColumn;
}

/**
 * @param options names of those that each strategy of the config has
 * @returns the exit code if not all trials could be done; the reason has been shown
 * @throws TRAINING_DIVERGED if no trial of a candidate came to a figure, and what planning throws, before anything is trained
 */
export async function tune(
  searching: Searching,
  options: readonly (readonly string[])[],
  execution: Omit<TrialExecution, 'name' | 'select'>,
): Promise<Tuning | { readonly exitCode: number }> {
  const { config } = searching.experiment;
  const search = config.search as Search;
  const { select } = config.evaluation;
  const { candidates, metrics } = await planCandidates(searching);
  const column = metrics.columns.find(({ name }) => name === select);
  const sign = column?.better === 'higher' ? -1 : 1;
  const order = ({ mean }: Judged) => (Number.isNaN(mean) ? Number.POSITIVE_INFINITY : sign * mean);
  const planRound = (candidate: Candidate, points: readonly Point[], epochs: number) => {
    const ownEpochs = (point: Point) => (point['training.epochs'] as number | undefined) ?? epochs;
    const choices = points.map((point) => ({ point, epochs: ownEpochs(point) }));
    return planTrials(searching, candidate, choices);
  };

  const begun: { candidate: Candidate; rounds: readonly number[]; first: readonly Trial[] }[] = [];
  for (const candidate of candidates) {
    const known = options[candidate.fusion] as readonly string[];
    const points = pointsOf(search, (path) => appliesTo(path, known));
    const rounds = roundsOf(search.method, candidate.epochs);
    begun.push({ candidate, rounds, first: await planRound(candidate, points, rounds[0] as number) });
  }

  const tuned: Tuned[] = [];
  for (const { candidate, rounds, first } of begun) {
    const { label, backbone } = candidate;
    const name = nameOf({ label, ...(backbone === undefined ? {} : { backbone: backbone.label }) });
    const judged: Judged[] = [];
    let ranked: Judged[] = [];
    for (const [index, epochs] of rounds.entries()) {
      const going = ranked.slice(0, kept(ranked.length)).map(({ trial }) => trial.point);
      const trials = index === 0 ? first : await planRound(candidate, going, epochs);
      const exitCode = await executeTrials(trials, { ...execution, name, select });
      if (exitCode !== undefined) return { exitCode };
      const round = await Promise.all(trials.map(async (trial) => ({ trial, ...(await figureOf(trial)) })));
      judged.push(...round);
      ranked = round.sort((a, b) => order(a) - order(b));
    }
    const [best] = ranked;
    if (best === undefined || Number.isNaN(best.mean)) throw allDiverged(name);
    const worst = [...judged].sort((a, b) => order(b) - order(a))[0] as Judged;
    tuned.push({ candidate, trials: first.length, judged, best, worst });
  }
  return { tuned, ...(column === undefined ? {} : { column }) };
}

/** All runs of trials. */
export function runsOf(tuned: readonly Tuned[]): RunPlan[] {
  return tuned.flatMap(({ judged }) => judged.flatMap(({ trial }) => trial.runs));
}

function allDiverged(name: string): InterfuseError {
  return new InterfuseError('TRAINING_DIVERGED', {
    place: `interfuse search: ${name}`,
    expected: 'a trial that comes to a figure',
    got: 'none',
    remedy: 'Search lower learning rates.',
  });
}
