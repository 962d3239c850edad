/** The warm starts of a run: whose weights it begins with, and what of them fits, before anything is trained. */
import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { type FusionModule, InterfuseError, type WarmStart } from '@interfuse/core';
import { isStage } from '@interfuse/core/config';
import {
  bestWeightsFile,
  firstOf,
  type PlannedWarmStart,
  planWarmStart,
  selectedShapes,
  storedShapes,
  type WarmStartReport,
} from '@interfuse/training/loop';
import { formatCount } from '../comparison/format.js';
import { requireFinished } from '../run/require-finished.js';
import { fileDigest } from './file-digest.js';
import { identityDigest, type WarmStartIdentity } from './identity.js';
import type { RunPlan } from './plan.js';

export interface RunWarmStart extends PlannedWarmStart {
  readonly slot: WarmStart;
  /** The run of a stage, which has to be finished before; absent for a run folder that was there before. */
  readonly stage?: RunPlan;
  /** Absolute path of the run folder. */
  readonly folder: string;
  readonly identity: WarmStartIdentity;
}

export interface WarmStartContext {
  readonly seed: number;
  /** What relative paths start from. */
  readonly baseFolder: string;
  /** Of the slot in the config. */
  readonly place: string;
  /** The run of a stage with this seed. */
  stage(name: string, seed: number): Promise<RunPlan>;
}

/**
 * @throws CHECKPOINT_MISMATCH, CONFIG_WRONG_VALUE if two of them mean the same leaf, FILE_NOT_FOUND and RUN_INVALID for
 *   a run folder that is none
 */
export async function planWarmStarts(
  module: FusionModule,
  slots: readonly WarmStart[],
  context: WarmStartContext,
): Promise<RunWarmStart[]> {
  const planned: RunWarmStart[] = [];
  for (const [index, slot] of slots.entries()) {
    const place = `${context.place}.warmStart[${index}]`;
    const warmStart = isStage(slot)
      ? fromStage(module, slot, await context.stage(slot.run, context.seed), place)
      : await fromFolder(module, slot, await runFolder(slot.run, context, `${place}.run`), place);
    const twice = [...warmStart.sources.keys()].find((name) => planned.some(({ sources }) => sources.has(name)));
    if (twice !== undefined) throw meantTwice(place, twice);
    planned.push(warmStart);
  }
  return planned;
}

/** `86 leaves of encoders (72.0 k values); not in it, and so as declared: streams/norm/weight`. */
export function describeWarmStart({ run }: WarmStart, report: WarmStartReport): string {
  const { leaves, elements, notInModel, notInCheckpoint } = report;
  return [
    `${leaves} leaves of ${run} (${formatCount(elements)} values)`,
    ...(notInCheckpoint.length === 0 ? [] : [`not in it, and so as declared: ${firstOf(notInCheckpoint, ', ')}`]),
    ...(notInModel.length === 0 ? [] : [`in it, and not in this model: ${firstOf(notInModel, ', ')}`]),
  ].join('; ');
}

function fromStage(module: FusionModule, slot: WarmStart, stage: RunPlan, place: string): RunWarmStart {
  const { select, as } = slot;
  return {
    ...planWarmStart(selectedShapes(stage.strategy.module), module, slot, place),
    slot,
    stage,
    folder: stage.folder,
    identity: { select, ...(as === undefined ? {} : { as }), run: identityDigest(stage.identity) },
  };
}

async function fromFolder(module: FusionModule, slot: WarmStart, folder: string, place: string): Promise<RunWarmStart> {
  await requireFinished(folder);
  const { select, as } = slot;
  return {
    ...planWarmStart(await storedShapes(folder), module, slot, place),
    slot,
    folder,
    identity: { select, ...(as === undefined ? {} : { as }), weights: await fileDigest(await bestWeightsFile(folder)) },
  };
}

/** The one folder that is meant: `{seed}` is the seed, and `*` the rest of the last name. */
async function runFolder(written: string, { seed, baseFolder }: WarmStartContext, place: string): Promise<string> {
  const path = resolve(baseFolder, written.replaceAll('{seed}', String(seed)));
  if (!basename(path).includes('*')) return path;
  const [before, ...parts] = basename(path).split('*') as [string, ...string[]];
  const last = parts.at(-1) as string;
  const parent = dirname(path);
  const names = existsSync(parent) ? (await readdir(parent)).sort() : [];
  const found = names.filter(
    (name) => name.length >= before.length + last.length && name.startsWith(before) && name.endsWith(last),
  );
  if (found.length === 1) return join(parent, found[0] as string);
  throw new InterfuseError('CONFIG_WRONG_VALUE', {
    place,
    expected: `one run folder ${path}`,
    got: found.length === 0 ? 'none' : `${found.length}: ${found.join(', ')}`,
    remedy: found.length === 0 ? 'Train that run first, or correct the path.' : 'Write more of its name.',
  });
}

function meantTwice(place: string, name: string): InterfuseError {
  return new InterfuseError('CONFIG_WRONG_VALUE', {
    place,
    expected: 'leaves that no warm start before it selects',
    got: name,
    remedy: 'Let each leaf start with one run.',
  });
}
