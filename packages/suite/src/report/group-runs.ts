/** Finished runs as strategies: those that differ in their seed alone belong together. */
import { type FusionSlot, InterfuseError, type Slot } from '@interfuse/core';
import { nameOf } from '../comparison/name-of.js';
import { slotLabels, strategyLabels } from '../comparison/strategy-labels.js';
import { canonicalJson } from '../experiment/canonical-json.js';
import type { RunIdentity } from '../experiment/identity.js';
import { showPath } from '../show-path.js';
import type { CollectedRun } from './collect-runs.js';

export interface StrategyGroup {
  readonly label: string;
  /** Label of its language model, if there are several and it uses one. */
  readonly backbone?: string;
  readonly slot: FusionSlot;
  /** In the order of the seeds; the seeds that all strategies have. */
  readonly runs: readonly CollectedRun[];
}

export interface GroupedRuns {
  readonly groups: readonly StrategyGroup[];
  readonly seeds: readonly number[];
  /** Labels of the language models; empty unless there are several. */
  readonly backbones: readonly string[];
  /** What was left out and why, in sentences. */
  readonly notes: readonly string[];
}

/** @throws RUN_INVALID where runs are of different data, measured or selected differently, or share no seed */
export function groupRuns(runs: readonly CollectedRun[]): GroupedRuns {
  requireSame(runs, 'data of the same digest', ({ data }) => data.digest);
  requireSame(runs, 'the same metrics', ({ evaluation }) => canonicalJson(evaluation.metrics));
  requireSame(runs, 'epochs selected by the same column', ({ evaluation }) => evaluation.select);
  const byKey = new Map<string, CollectedRun[]>();
  for (const run of runs) {
    const key = canonicalJson(withoutSeed(run.manifest.identity));
    byKey.set(key, [...(byKey.get(key) ?? []), run]);
  }
  const members = [...byKey.values()];
  const seeds = commonSeeds(members);
  const slots = members.map((own) => slotOf(first(own)));
  const models = [...new Map(members.flatMap(modelOf).map((slot) => [canonicalJson(slot), slot])).values()];
  const backbones = models.length > 1 ? slotLabels(models) : [];
  const named = strategyLabels(slots).map((label, index) => {
    const [model] = modelOf(members[index] as CollectedRun[]);
    const at = models.findIndex((slot) => model !== undefined && canonicalJson(slot) === canonicalJson(model));
    const backbone = backbones[at];
    return { label, ...(backbone === undefined ? {} : { backbone }) };
  });
  const groups = members.map((own, index): StrategyGroup => {
    const one = named[index] as (typeof named)[number];
    const namesakes = members.filter((_, other) => nameOf(named[other] as typeof one) === nameOf(one));
    return {
      ...one,
      label: `${one.label}${toldApart(own, namesakes)}`,
      slot: slots[index] as FusionSlot,
      runs: seeds.map((seed) => own.find(({ result }) => result.seed === seed) as CollectedRun),
    };
  });
  const extra = runs.map(({ result }) => result.seed).filter((seed) => !seeds.includes(seed));
  const notes =
    extra.length === 0
      ? []
      : [`Not every strategy has seed ${[...new Set(extra)].sort((a, b) => a - b).join(', ')}: left out.`];
  return { groups, seeds, backbones, notes };
}

function first(runs: readonly CollectedRun[]): CollectedRun {
  return runs[0] as CollectedRun;
}

function withoutSeed({ seed: _, ...identity }: RunIdentity): Omit<RunIdentity, 'seed'> {
  return identity;
}

/** Results of before there were controls have none. */
function slotOf({ manifest }: CollectedRun): FusionSlot {
  return { ...manifest.identity.fusion, control: manifest.identity.fusion.control ?? 'none' };
}

function modelOf(own: readonly CollectedRun[]): Slot[] {
  const { manifest, result } = first(own);
  const { languageModel } = manifest.identity;
  return result.parameters.languageModel === undefined || languageModel === undefined ? [] : [languageModel];
}

function requireSame(runs: readonly CollectedRun[], what: string, of: (identity: RunIdentity) => string): void {
  const [one] = runs;
  const other = runs.find(({ manifest }) => one !== undefined && of(manifest.identity) !== of(one.manifest.identity));
  if (one === undefined || other === undefined) return;
  throw new InterfuseError('RUN_INVALID', {
    place: showPath(other.folder),
    expected: `${what} as ${one.result.run} has: ${of(one.manifest.identity)}`,
    got: of(other.manifest.identity),
    remedy: 'Report these runs apart: only what was tested on the same samples in the same way can be compared.',
  });
}

function commonSeeds(members: readonly (readonly CollectedRun[])[]): number[] {
  const seedsOf = (own: readonly CollectedRun[]) => own.map(({ result }) => result.seed).sort((a, b) => a - b);
  const [one, ...others] = members;
  const common = seedsOf(one ?? []).filter((seed) => others.every((own) => seedsOf(own).includes(seed)));
  if (common.length > 0) return common;
  const lacking = others.find((own) => !seedsOf(own).some((seed) => seedsOf(one ?? []).includes(seed))) ?? others[0];
  throw new InterfuseError('RUN_INVALID', {
    place: lacking === undefined ? 'runs' : showPath(first(lacking).folder),
    expected: `at least one seed that every strategy has; ${one && first(one).manifest.run} has ${seedsOf(one ?? []).join(', ')}`,
    got: seedsOf(lacking ?? []).join(', '),
    remedy:
      'Comparisons are paired by seed: run the others with these seeds, too. Runs that differ in code or config are other strategies, even if they share a name.',
  });
}

/** ` (training.epochs 5)`: what tells these runs apart from those of the same name. */
function toldApart(own: readonly CollectedRun[], namesakes: readonly (readonly CollectedRun[])[]): string {
  if (namesakes.length < 2) return '';
  const leaves = namesakes.map((each) => leavesOf(withoutSeed(first(each).manifest.identity)));
  const mine = leavesOf(withoutSeed(first(own).manifest.identity));
  const paths = [...new Set(leaves.flatMap((each) => [...each.keys()]))];
  const differing = paths.filter((path) => new Set(leaves.map((each) => each.get(path))).size > 1);
  // A choice tells a reader more than a digest.
  const isDigest = (path: string) => /^(code|plugins|weights)\b/.test(path);
  const chosen = differing.filter((path) => !isDigest(path));
  const told = (chosen.length === 0 ? differing : chosen).slice(0, 2);
  return ` (${told.map((path) => `${path} ${mine.get(path)?.slice(0, 12) ?? 'unset'}`).join(', ')})`;
}

function leavesOf(value: unknown, path = ''): Map<string, string> {
  if (typeof value !== 'object' || value === null) return new Map([[path, String(value)]]);
  return new Map(
    Object.entries(value).flatMap(([key, inner]) => [...leavesOf(inner, path === '' ? key : `${path}.${key}`)]),
  );
}
