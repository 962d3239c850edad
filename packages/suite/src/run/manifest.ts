/** `manifest.json`: what a run was made of, where and when; all that is needed to open it again. */
import { cpus, totalmem } from 'node:os';
import { relative } from 'node:path';
import type { Engine, WarmStart } from '@interfuse/core';
import type { WarmStartReport } from '@interfuse/training/loop';
import type { RunIdentity } from '../experiment/identity.js';
import type { Experiment } from '../experiment/open-experiment.js';
import { type ParameterCounts, type TrainingMemory, trainingMemory } from '../experiment/parameter-counts.js';
import type { RunPlan } from '../experiment/plan.js';
import type { RunWarmStart } from '../experiment/warm-starts.js';
import { version } from '../version.js';

export interface Manifest {
  readonly format: 1;
  readonly interfuse: string;
  readonly run: string;
  readonly created: string;
  /** Relative to the run folder. */
  readonly configFile: string;
  readonly baseFolder: string;
  readonly identity: RunIdentity;
  /** What it started with, of which runs, and what did not match; absent where every weight started as declared. */
  readonly warmStart?: readonly WarmStartRecord[];
  readonly parameters: ParameterCounts;
  readonly memory: TrainingMemory;
  readonly engine: { readonly [name: string]: string | number | boolean };
  readonly machine: { readonly [name: string]: string | number };
}

export interface WarmStartRecord extends WarmStart, WarmStartReport {
  /** Of the run that it came from, relative to the run folder. */
  readonly folder: string;
}

export async function describeRun(
  { configFile, baseFolder }: Experiment,
  { name, folder, identity, strategy, warmStarts }: RunPlan,
  engine: Engine,
): Promise<Manifest> {
  return {
    format: 1,
    interfuse: version,
    run: name,
    created: new Date().toISOString(),
    configFile: relative(folder, configFile),
    baseFolder: relative(folder, baseFolder),
    identity,
    ...(warmStarts.length === 0 ? {} : { warmStart: warmStarts.map((warmStart) => recordOf(warmStart, folder)) }),
    parameters: strategy.parameters,
    memory: trainingMemory(strategy.module, strategy.settings),
    engine: { id: engine.id, ...(await engine.describe()) },
    machine: describeMachine(),
  };
}

function recordOf({ slot, report, folder: source }: RunWarmStart, folder: string): WarmStartRecord {
  return { ...slot, folder: relative(folder, source), ...report };
}

export function describeMachine() {
  return {
    node: process.versions.node,
    system: `${process.platform} ${process.arch}`,
    processor: cpus()[0]?.model.trim() ?? 'unknown',
    cores: cpus().length,
    memoryGigabytes: Math.round(totalmem() / 1e9),
  };
}
